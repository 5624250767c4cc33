/** An error of one field of a request. */
export interface ApiFieldError {
  /** A JSON pointer (RFC 6901) into the body, or the name of a query parameter. */
  pointer: string;
  code: string;
  message: string;
}

/** A problem document (RFC 9457), as the server sent it. */
export interface ApiProblem {
  type?: string;
  title?: string;
  status?: number;
  code?: string;
  detail?: string;
  instance?: string;
  request_id?: string;
  errors?: ApiFieldError[];
  [member: string]: unknown;
}

/**
 * Codes that any call can fail with, whatever its operation declares:
 *
 * - `aborted`: the signal of the call; `cause` is its reason.
 * - `network_error`: no response, or only a part of one, or nothing could be sent; `cause` says why.
 * - `unexpected_answer`: a response that the description does not know, such as the HTML of a proxy.
 * - `undeclared_problem`: a problem whose code the operation does not declare; see `problem.code`.
 */
export type ApiClientCode = "aborted" | "network_error" | "unexpected_answer" | "undeclared_problem";

/** The error of a call. `message` is the problem's detail or title, or else the code. */
export class ApiError<Code extends string = string> extends Error {
  readonly code: Code;
  /** The status of the response; 0 without one. */
  readonly status: number;
  /** The errors of fields; empty unless the problem lists them. */
  readonly errors: readonly ApiFieldError[];
  readonly problem: ApiProblem | undefined;
  readonly response: Response | undefined;

  constructor(code: Code, cause?: unknown, response?: Response, problem?: ApiProblem) {
    super(problem?.detail ?? problem?.title ?? code);
    this.name = "ApiError";
    this.code = code;
    this.status = response?.status ?? 0;
    this.errors = problem?.errors ?? [];
    this.problem = problem;
    this.response = response;
    this.cause = cause;
  }
}

// Merged with the class: whether `Error` has it depends on the `lib` of the project.
export interface ApiError<Code extends string = string> {
  cause?: unknown;
}

/** One error for each code, told apart by `code`: those that an operation declares, and those of any call. */
export type ApiFailure<Code extends string = never> = {
  [C in Code | ApiClientCode]: ApiError<C>;
}[Code | ApiClientCode];

/** Tells errors of this client from others in `catch`. */
export const isApiError = (error: unknown): error is ApiError => error instanceof ApiError;

/** A response with its parsed body. */
export interface ApiResponse<T> {
  data: T;
  response: Response;
}

/** The result of a call: `ok` tells success from failure. */
export type ApiResult<T, E> = ({ ok: true } & ApiResponse<T>) | { ok: false; error: E };

/** A pending call: resolves to the body of the response, rejects with an `E`. */
export interface ApiCall<T, E> extends Promise<T> {
  /** Resolves in any case, to the body or to the error. */
  result(): Promise<ApiResult<T, E>>;
  /** Resolves to the body with the response, rejects with an `E`. */
  withResponse(): Promise<ApiResponse<T>>;
}

/** Headers by name; those that are `undefined` are not sent. */
export type ApiHeaders = Readonly<Record<string, string | undefined>>;

/** The options of every call. */
export interface ApiRequest {
  signal?: AbortSignal | undefined;
  /** Sent besides the client's own, and instead of those with the same name. */
  headers?: ApiHeaders | undefined;
  /** `false`: a 401 is not followed by `onUnauthorized`. Calls within that hook need it: they would wait for themselves. */
  refresh?: boolean | undefined;
}

/** The options of a client. */
export interface ApiOptions {
  /** Goes before every path, such as `https://api.example.org`. Outside browsers it must be absolute. */
  baseUrl?: string | undefined;
  /** Instead of the global `fetch`. */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Sent with every call; a function is asked before each of them. */
  headers?: ApiHeaders | (() => ApiHeaders | Promise<ApiHeaders>) | undefined;
  /** The credentials mode of `fetch`, for cookies. Default: `same-origin`. */
  credentials?: "omit" | "same-origin" | "include" | undefined;
  /**
   * Called when a response is 401; one at a time, however many calls need it. `true`: the calls are repeated, once.
   * `false`: they fail with the 401.
   */
  onUnauthorized?: (() => Promise<boolean>) | undefined;
}

/** Sends requests; the functions of an API are built on it. */
export type ApiClient = <T, E extends ApiError>(
  method: string,
  path: string,
  codes: readonly E["code"][],
  request?: ApiRequest & { query?: object | undefined; body?: unknown; raw?: RequestInit["body"] },
  headers?: ApiHeaders,
  reads?: "json" | "text" | "blob",
) => ApiCall<T, E>;

/** Makes a client without functions: for `postsApi(createClient(…))`, when a bundle should hold only a part of the API. */
export function createClient(options: ApiOptions = {}): ApiClient {
  const { baseUrl = $server, credentials = "same-origin", onUnauthorized } = options;
  let refreshing: Promise<boolean> | undefined;
  let refreshed = 0;

  return <T, E extends ApiError>(...[method, path, codes, request = {}, own, reads = "json"]: Parameters<ApiClient>) => {
    const { query, body, raw, signal, refresh } = request;

    const send = async () => {
      // `..` as an id would lead to another operation: URLs are resolved before they are sent.
      if (/\/\.\.?(\/|$)/.test(path)) throw new TypeError(path);
      const headers = new Headers(body === undefined ? {} : { "Content-Type": "application/json" });
      const defaults = typeof options.headers == "function" ? await options.headers() : options.headers;
      for (const [name, value] of Object.entries({ ...defaults, ...own, ...request.headers })) {
        if (value != null) headers.set(name, value);
      }
      const search = query ? String(encode(query)) : "";
      // Not as a method of `options`: browsers refuse that.
      const call = options.fetch ?? fetch;
      return call(baseUrl.replace(/\/$/, "") + path + (search && "?" + search), {
        method,
        headers,
        credentials,
        body: raw ?? JSON.stringify(body) ?? null,
        signal: signal ?? null,
      });
    };

    const exchange = (async (): Promise<ApiResponse<T>> => {
      let response: Response | undefined;
      let problem: ApiProblem | undefined;
      let code: string | undefined;
      let cause: unknown;
      try {
        const before = refreshed;
        response = await send();
        if (response.status === 401 && onUnauthorized && refresh !== false) {
          // Another call may have refreshed while this one was under way.
          if (
            before !== refreshed ||
            (await (refreshing ??= onUnauthorized()
              .then((done) => (done && refreshed++, done))
              .finally(() => (refreshing = undefined))))
          ) {
            void response.body?.cancel();
            response = await send();
          }
        }
        if (response.ok) {
          return { data: (response.status === 204 ? undefined : await response[reads]()) as T, response };
        }
        if (/problem\+json/.test(response.headers.get("Content-Type") ?? "")) {
          problem = (await response.json()) as ApiProblem;
        }
        code = response.status === 304 ? "not_modified" : problem?.code;
        if (!codes.includes(code as E["code"])) code = problem ? "undeclared_problem" : "unexpected_answer";
      } catch (error) {
        cause = error;
        code = signal?.aborted ? "aborted" : error instanceof SyntaxError ? "unexpected_answer" : "network_error";
      }
      throw new ApiError(code as E["code"], cause, response, problem);
    })();

    // All that is handed out comes from `data`: a failure that nobody looks at is reported once, one that is handled never.
    const data = exchange.then((exchange) => exchange.data);
    return Object.assign(data, {
      result: () =>
        data.then(
          async () => ({ ok: true as const, ...(await exchange) }),
          (error: E) => ({ ok: false as const, error }),
        ),
      withResponse: () => data.then(() => exchange),
    });
  };
}

/** Values as a query or a form; lists repeat their name, `undefined` and `null` are left out. */
function encode(values: object): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of [value].flat()) if (one != null) search.append(name, String(one));
  }
  return search;
}
