//! interim
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::CertificateDer;
use rustls::*;
pub fn verify(
    m: &[u8],
    c: &CertificateDer<'_>,
    d: &DigitallySignedStruct,
    t13: bool,
) -> Result<HandshakeSignatureValid, Error> {
    let a = rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
    if t13 {
        rustls::crypto::verify_tls13_signature(m, c, d, &a)
    } else {
        rustls::crypto::verify_tls12_signature(m, c, d, &a)
    }
}
