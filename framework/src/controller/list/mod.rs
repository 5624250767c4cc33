//! Lists with pagination, sorting and filters, and with a choice of fields and relations.

mod checks;
mod include;
mod page;
mod paginated;
mod parameters;
mod params;
mod query;
mod sparse;
#[cfg(test)]
mod tests;

pub use self::{include::Include, paginated::Paginated, params::ListParams};
