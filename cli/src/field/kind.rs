//! The types of fields.

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `string`, `string(80)`: text of at most `max` characters (1–65,535, default 255).
    String {
        /// The greatest number of characters.
        max: u32,
    },
    /// `text`: up to 65,535 characters.
    Text,
    /// `smallint`: 16 bits.
    SmallInt,
    /// `int`: 32 bits.
    Int,
    /// `bigint`: 64 bits.
    BigInt,
    /// `float`: 32 bits.
    Float,
    /// `double`: 64 bits.
    Double,
    /// `decimal(10,2)`, and `money` as `decimal(18,4)`, the most digits that SQL sums exactly on SQLite, too: exact.
    Decimal {
        /// All digits, 1–28.
        precision: u32,
        /// The digits after the point, at most `precision`.
        scale: u32,
    },
    /// `bool`.
    Bool,
    /// `date`: a day of the calendar.
    Date,
    /// `time`: a time of day.
    Time,
    /// `datetime`: a moment in UTC.
    DateTime,
    /// `uuid`.
    Uuid,
    /// `json`: any JSON value.
    Json,
    /// `blob`: bytes, Base64 in JSON.
    Blob,
    /// `enum(draft,published)`.
    Enum {
        /// The values, in `snake_case`.
        values: Vec<String>,
    },
    /// `references`, `references(users)`: the id of a row of another table.
    References {
        /// The table that is pointed at.
        table: String,
    },
}

/// Every type as it is written, for messages.
pub(super) const TYPES: &str = "string string(80) text int bigint smallint float double decimal(10,2) money bool date \
                         time datetime uuid json blob enum(a,b) references references(users)";

/// The names of the types, to find the one that was meant.
pub(super) const NAMES: [&str; 18] = [
    "string",
    "text",
    "int",
    "bigint",
    "smallint",
    "float",
    "double",
    "decimal",
    "money",
    "bool",
    "date",
    "time",
    "datetime",
    "uuid",
    "json",
    "blob",
    "enum",
    "references",
];

/// The name of a type in other tools, mapped to ours.
pub(super) fn known_as(name: &str) -> Option<&'static str> {
    Some(match name {
        "str" | "varchar" | "varchar2" | "nvarchar" | "char" | "character" | "citext" | "email"
        | "url" | "uri" | "slug" | "phone" | "password" | "color" => "string",
        "longtext" | "mediumtext" | "tinytext" | "clob" | "markdown" | "html" | "rich_text" => {
            "text"
        }
        "integer" | "i32" | "u16" | "int4" | "int32" | "number" | "serial" | "mediumint" => "int",
        "big_integer" | "biginteger" | "big_int" | "i64" | "u32" | "u64" | "int8" | "int64"
        | "long" | "bigserial" | "unsigned" => "bigint",
        "small_integer" | "smallinteger" | "small_int" | "i8" | "u8" | "i16" | "int2" | "int16"
        | "tinyint" | "short" | "byte" => "smallint",
        "f32" | "real" | "float4" => "float",
        "f64" | "float8" | "double_precision" => "double",
        "numeric" | "number_decimal" => "decimal(10,2)",
        "currency" | "price" | "amount" => "money",
        "boolean" | "bit" | "flag" => "bool",
        "day" | "naive_date" => "date",
        "timetz" => "time",
        "timestamp" | "timestamptz" | "timestamp_tz" | "tstz" | "ts" | "date_time"
        | "datetime2" | "datetimeoffset" | "datetimetz" | "datetime_utc" | "instant" => "datetime",
        "guid" | "uniqueidentifier" | "ulid" => "uuid",
        "jsonb" | "object" | "map" | "hash" | "hstore" | "struct" | "dict" => "json",
        "bytes" | "binary" | "varbinary" | "bytea" | "longblob" => "blob",
        "choice" | "choices" | "select" => "enum(draft,published)",
        "reference" | "ref" | "belongs_to" | "belongsto" | "foreign_key" | "foreignkey" | "fk" => {
            "references"
        }
        _ => return None,
    })
}

/// Advice for types of other tools that have no counterpart among ours.
pub(super) fn instead_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "array" | "list" | "vec" | "set" | "strings" | "tags" => {
            "for a list, make a resource of its own with a reference to this one, or take `json`"
        }
        "has_many" | "has_one" | "hasmany" | "hasone" => {
            "the other resource has the reference, such as `post:references`"
        }
        "file" | "image" | "attachment" | "upload" => {
            "keep the file elsewhere and its address in a `string`, or small ones in a `blob`"
        }
        "interval" | "duration" | "timespan" => {
            "keep a duration as a number, such as `minutes:int`"
        }
        "point" | "geometry" | "geography" | "location" => {
            "keep a place as two numbers: `latitude:double longitude:double`"
        }
        "inet" | "ip" | "cidr" | "macaddr" => "keep an address as `string(45)`",
        _ => return None,
    })
}

impl Kind {
    /// The name of the type without its arguments.
    pub fn name(&self) -> &'static str {
        match self {
            Self::String { .. } => "string",
            Self::Text => "text",
            Self::SmallInt => "smallint",
            Self::Int => "int",
            Self::BigInt => "bigint",
            Self::Float => "float",
            Self::Double => "double",
            Self::Decimal { .. } => "decimal",
            Self::Bool => "bool",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "datetime",
            Self::Uuid => "uuid",
            Self::Json => "json",
            Self::Blob => "blob",
            Self::Enum { .. } => "enum",
            Self::References { .. } => "references",
        }
    }

    /// Returns whether a column can be given a default.
    pub fn takes_default(&self) -> bool {
        !matches!(
            self,
            Self::Date
                | Self::Time
                | Self::DateTime
                | Self::Uuid
                | Self::Json
                | Self::Blob
                | Self::References { .. }
        )
    }

    /// Returns whether every database can put an index on a column of this type.
    pub fn indexable(&self) -> bool {
        !matches!(self, Self::Text | Self::Json | Self::Blob)
    }

    /// Returns whether there are few possible values, so that a unique column would hold few rows.
    pub fn is_narrow(&self) -> bool {
        matches!(self, Self::Bool | Self::Enum { .. })
    }

    /// Returns whether values have an order that people expect.
    pub fn ordered(&self) -> bool {
        !matches!(
            self,
            Self::Text
                | Self::Json
                | Self::Blob
                | Self::Bool
                | Self::Uuid
                | Self::References { .. }
        )
    }

    /// Returns whether people ask for all rows with one value of it.
    pub fn classifies(&self) -> bool {
        !matches!(
            self,
            Self::String { .. } | Self::Text | Self::Json | Self::Blob | Self::Float | Self::Double
        )
    }
}
