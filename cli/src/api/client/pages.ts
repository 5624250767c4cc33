/** Every item of a list, page by page, from `query.cursor` on or from the beginning. */
async function* pages<T, O extends ApiRequest & { query?: object | undefined }>(
  list: (options: O) => Promise<{ data: readonly T[]; pagination: { next_cursor?: string | null } }>,
  options: O | undefined,
): AsyncGenerator<T, void, undefined> {
  let query = options?.query;
  let cursor: string | null | undefined;
  do {
    const page = await list({ ...options, query } as O);
    for (const item of page.data) {
      if (options?.signal?.aborted) throw new ApiError("aborted", options.signal.reason);
      yield item;
    }
    cursor = page.pagination.next_cursor;
    query = { ...query, cursor };
  } while (cursor);
}
