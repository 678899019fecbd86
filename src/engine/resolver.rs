//! The current connection's certificate.

use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::current;

/// Finds a server's certificate.
#[derive(Debug)]
pub struct ServerResolver;

impl ResolvesServerCert for ServerResolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        current::with(|connection| connection.server_certificate(hello.signature_schemes())).flatten()
    }
}

/// Finds a client's certificate.
#[derive(Debug)]
pub struct ClientResolver;

impl ResolvesClientCert for ClientResolver {
    fn resolve(&self, authorities: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        current::with(|connection| connection.client_certificate(authorities, schemes)).flatten()
    }

    fn has_certs(&self) -> bool {
        true
    }
}
