//! The description of an API as types of our own, which the client is written from.

/// An API.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) title: String,
    pub(super) version: String,
    /// The prefix of every path, such as `/api`; empty in most cases.
    pub(super) server: String,
    pub(super) schemas: Vec<Schema>,
    pub(super) groups: Vec<Group>,
}

/// A named type.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) doc: Doc,
    pub(super) kind: Type,
}

/// The content of a documentation comment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Doc {
    pub(super) text: String,
    pub(super) format: Option<String>,
    pub(super) deprecated: bool,
}

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Unknown,
    Never,
    Null,
    Boolean,
    Number,
    String,
    /// A constant in TypeScript's syntax.
    Literal(String),
    /// A schema, or a type of the platform such as `Blob`.
    Named(String),
    Array(Box<Type>),
    Tuple(Vec<Type>),
    Object(Object),
    Union(Vec<Type>),
    Intersection(Vec<Type>),
}

/// The type of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) properties: Vec<Property>,
    /// The type of members that are not listed; `None` if there are none.
    pub(super) rest: Option<Box<Type>>,
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) doc: Doc,
    pub(super) optional: bool,
    pub(super) kind: Type,
}

/// The operations of one resource.
#[derive(Debug)]
pub(super) struct Group {
    /// The name of the member through which it is called: `posts`.
    pub(super) name: String,
    pub(super) operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    /// The `operationId`, unique in the description: `posts_list`.
    pub(super) id: String,
    /// The name of its function within the group: `list`.
    pub(super) name: String,
    /// The HTTP method: `GET`.
    pub(super) method: String,
    /// The path with its parameters: `/api/v1/posts/{id}`.
    pub(super) path: String,
    pub(super) doc: Doc,
    /// Parameters of the path, each with its name in the path.
    pub(super) segments: Vec<Parameter>,
    /// Parameters of the query.
    pub(super) query: Vec<Parameter>,
    /// Parameters that are headers.
    pub(super) headers: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) response: ResponseBody,
    /// The problem codes that it declares, sorted.
    pub(super) codes: Vec<String>,
    /// The type of the items, if it is a paginated list.
    pub(super) items: Option<Type>,
    /// True if it says that anyone may call it, in an API where that is not so everywhere.
    pub(super) open: bool,
}

/// A parameter.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    /// Its name in the request.
    pub(super) wire: String,
    /// Its name among the options of the function.
    pub(super) option: String,
    pub(super) doc: Doc,
    pub(super) required: bool,
    pub(super) kind: Type,
    /// The separator between the items of a list; `None` if the parameter is repeated for each item.
    pub(super) separator: Option<char>,
}

/// The body of a request.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) kind: Type,
    pub(super) required: bool,
    pub(super) doc: String,
    pub(super) media: Media,
}

/// The encoding of a request body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// JSON; the media type where it is not `application/json`.
    Json(Option<String>),
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// Text of this media type.
    Text(String),
    /// Bytes of this media type.
    Bytes(String),
}

/// The body of a response.
#[derive(Debug)]
pub(super) struct ResponseBody {
    pub(super) kind: Type,
    pub(super) reader: BodyReader,
}

/// The method of `Response` that reads the body of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyReader {
    Json,
    Text,
    Blob,
}
