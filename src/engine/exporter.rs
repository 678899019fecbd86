//! Keying material for the application: rustls's unbuffered connections have
//! no exporter, so its parts are put together here.

use crate::secret::Secret;
use rustls::SupportedCipherSuite;
use rustls::crypto::tls13::OkmBlock;

use super::provider;

/// TLS 1.2: the PRF of `suite` over `label_and_seed`. `false` when the suite is
/// not one of TLS 1.2.
pub fn tls12(suite: u16, master_secret: &Secret, label_and_seed: &[u8], out: &mut [u8]) -> bool {
    let Some(SupportedCipherSuite::Tls12(suite)) = provider::suite(suite) else { return false };
    suite.prf_provider.for_secret(out, master_secret, label_and_seed, &[]);
    true
}

/// TLS 1.3: the exporter of RFC 8446, section 7.5. `false` when the suite is
/// not one of TLS 1.3 or `out` is longer than HKDF can fill.
pub fn tls13(suite: u16, exporter_secret: &Secret, label: &[u8], context: &[u8], out: &mut [u8]) -> bool {
    let Some(SupportedCipherSuite::Tls13(suite)) = provider::suite(suite) else { return false };
    let hash = suite.common.hash_provider;
    let expand = |secret: &Secret, label: &[u8], context: &[u8], out: &mut [u8]| {
        let Ok(len) = u16::try_from(out.len()) else { return false };
        const PREFIX: &[u8] = b"tls13 ";
        let label_len = [(PREFIX.len() + label.len()) as u8];
        let context_len = [context.len() as u8];
        let info = [&len.to_be_bytes()[..], &label_len, PREFIX, label, &context_len, context];
        suite.hkdf_provider.expander_for_okm(&OkmBlock::new(secret)).expand_slice(&info, out).is_ok()
    };
    let mut secret = Secret::zeroed(hash.output_len());
    expand(exporter_secret, label, hash.hash(&[]).as_ref(), &mut secret)
        && expand(&secret, b"exporter", hash.hash(context).as_ref(), out)
}
