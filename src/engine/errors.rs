//! interim
pub fn classify(_e: &rustls::Error, _client: bool) -> (libc::c_int, u8) {
    (crate::reason::SSLV3_ALERT_HANDSHAKE_FAILURE, 40)
}
