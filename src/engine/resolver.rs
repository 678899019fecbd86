//! The current connection's certificate.

use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::{current, signer};
use crate::connection::Connection;

/// Finds a server's certificate.
#[derive(Debug)]
pub struct ServerResolver;

impl ResolvesServerCert for ServerResolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        current::with(|connection| {
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
