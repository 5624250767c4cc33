//! Time zones: those of the IANA database with the Cargo feature `time-zones`, and UTC without.

/// A time zone.
#[cfg(feature = "time-zones")]
pub(super) type Zone = chrono_tz::Tz;

/// A time zone.
#[cfg(not(feature = "time-zones"))]
pub(super) type Zone = chrono::Utc;

/// The advice for a name that is not known.
pub(super) const HINT: &str = if cfg!(feature = "time-zones") {
    "write a name of the IANA database, as in `Europe/Berlin`"
} else {
    "add `time-zones` to the features of `framewright` in `Cargo.toml`; without it there is only `UTC`"
};

#[cfg(feature = "time-zones")]
pub(super) fn parse(name: &str) -> Option<Zone> {
    name.parse().ok()
}

#[cfg(not(feature = "time-zones"))]
pub(super) fn parse(name: &str) -> Option<Zone> {
    (name == "UTC").then_some(chrono::Utc)
}
