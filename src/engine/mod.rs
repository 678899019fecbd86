//! rustls: the only place that names it.

pub mod kx_p521;
pub mod mint;
pub mod server_value;
