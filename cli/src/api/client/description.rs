//! What a client is made from: the description, read into types of our own.

/// A whole API.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) title: String,
    pub(super) version: String,
    /// What goes before every path, such as `/api`; empty in most cases.
    pub(super) server: String,
    pub(super) schemas: Vec<Schema>,
    pub(super) groups: Vec<Group>,
}

/// A type with a name.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) doc: Doc,
    pub(super) kind: Type,
}

/// What a comment says.
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
    /// A constant, as TypeScript writes it.
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
    /// The type of members that are not listed, if there may be any.
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
    /// `posts`: how it is reached.
    pub(super) name: String,
    pub(super) operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    /// `posts_list`: unique in the description.
    pub(super) id: String,
    /// `list`: how it is reached in its group.
    pub(super) name: String,
    /// `GET`.
    pub(super) method: String,
    /// `/api/v1/posts/{id}`.
    pub(super) path: String,
    pub(super) doc: Doc,
    /// Parameters of the path, each with its name in the path.
    pub(super) segments: Vec<Parameter>,
    /// Parameters of the query.
    pub(super) query: Vec<Parameter>,
    /// Parameters that are headers.
    pub(super) headers: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) answer: Answer,
    /// The codes of the problems that it declares, sorted.
    pub(super) codes: Vec<String>,
    /// The items, when it is a list that is read page by page.
    pub(super) items: Option<Type>,
    /// Whether it says that anyone may call it, in an API where that is not so everywhere.
    pub(super) open: bool,
}

/// A parameter.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    /// Its name on the wire.
    pub(super) wire: String,
    /// Its name among the options of the operation.
    pub(super) option: String,
    pub(super) doc: Doc,
    pub(super) required: bool,
    pub(super) kind: Type,
    /// What stands between the items of a list; `None`: the parameter is repeated.
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

/// How a body is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// As JSON; the media type where it is not `application/json`.
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

/// The body of an answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) kind: Type,
    pub(super) reads: Reads,
}

/// How the body of an answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    Json,
    Text,
    Blob,
}
