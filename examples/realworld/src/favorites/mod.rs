//! Favorites.

pub mod model;
