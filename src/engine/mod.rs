//! rustls: the only place that names it.
