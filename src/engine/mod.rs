//! rustls: the only place that names it.

pub mod mint;
pub mod server_value;
