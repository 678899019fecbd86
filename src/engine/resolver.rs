//! The current connection's certificate.

use std::sync::Arc;

use once_cell::sync::Lazy;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};

use super::{current, signer};
use crate::connection::Connection;
use crate::connection::accept::needs_ecdsa;

/// Finds a server's certificate.
#[derive(Debug)]
pub struct ServerResolver;

impl ResolvesServerCert for ServerResolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        current::with(|connection| {
            if let Some(suite) = connection.suite_to_resume() {
                return Some(unneeded(suite));
            }
            if connection.resumes_without_certificate() {
                const ANY: u16 = 0xc02b;
                return Some(unneeded(ANY));
            }
            let chosen = signer::choose_server(connection, hello.signature_schemes());
            told(connection, chosen.map(Some))
        })
        .flatten()
    }
}

/// Finds a client's certificate.
#[derive(Debug)]
pub struct ClientResolver;

impl ResolvesClientCert for ClientResolver {
    fn resolve(&self, _authorities: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        current::with(|connection| told(connection, signer::choose_client(connection, schemes))).flatten()
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Stands for the certificate of a TLS 1.2 handshake that resumes, where rustls takes the
/// suites that fit it, or of one of TLS 1.3 without a certificate; none is shown. It cannot sign, so that nothing but the
/// resumption can come of it.
fn unneeded(suite: u16) -> Arc<CertifiedKey> {
    static KEYS: Lazy<[Arc<CertifiedKey>; 2]> = Lazy::new(|| {
        [SignatureAlgorithm::RSA, SignatureAlgorithm::ECDSA].map(|algorithm| {
            let chain = vec![CertificateDer::from_slice(&[0x30, 0])];
            Arc::new(CertifiedKey::new(chain, Arc::new(NoKey(algorithm))))
        })
    });
    KEYS[usize::from(needs_ecdsa(suite))].clone()
}

#[derive(Debug)]
struct NoKey(SignatureAlgorithm);

impl SigningKey for NoKey {
    fn choose_scheme(&self, _: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        None
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.0
    }
}

/// The choice; a failure is left on the connection for it to end with.
fn told(
    connection: &Connection,
    chosen: Result<Option<Arc<CertifiedKey>>, signer::Failure>,
) -> Option<Arc<CertifiedKey>> {
    chosen.unwrap_or_else(|failure| {
        connection.failure.set(Some(failure));
        connection.tap.alert_override.set(Some(failure.1));
        None
    })
}
