//! Verification of the peer, by libcrypto, for the current connection.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use super::transcript::on_the_wire;
use super::{current, signature};
use crate::connection::Connection;
use crate::connection::policy::{AcceptedCertificate, AcceptedGroup, AcceptedScheme};
use crate::connection::verify::VerifyFailure;
use crate::ffi::Ref;

/// The one verifier of servers. rustls resumes a session only under the same
/// verifier object, so there is one for the process.
#[derive(Debug)]
pub struct ServerVerifier;

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if super::mint::in_progress() {
            return Ok(ServerCertVerified::assertion());
        }
        verify_chain(end_entity, intermediates, ocsp_response).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if super::mint::in_progress() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let connection = connection()?;
        let exchanged = connection.negotiated.borrow().peer_share.0;
        let group = or_refuse(&connection, AcceptedGroup::check(&connection, exchanged))?;
        let valid = accept_signature(&connection, cert, dss, |scheme| {
            signature::verify_key_exchange(message, &group, scheme, dss.signature())
        })?;
        after_signature(&connection).map(|()| valid)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if super::mint::in_progress() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let valid = verify_signature(message, cert, dss)?;
        after_signature(&*connection()?).map(|()| valid)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        schemes()
    }
}

/// A verifier of clients: what it asks of them is part of the configuration.
#[derive(Debug)]
pub struct ClientVerifier {
    /// Whether a client without certificate is refused.
    pub mandatory: bool,
    /// Names of authorities that a client should choose by.
    pub authorities: Vec<DistinguishedName>,
}

impl ClientCertVerifier for ClientVerifier {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        self.mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.authorities
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        verify_chain(end_entity, intermediates, &[]).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // What a TLS 1.2 client signs is the handshake itself.
        match on_the_wire(message) {
            Some(wire) => verify_signature(&wire, cert, dss),
            None => verify_signature(message, cert, dss),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        schemes()
    }
}

fn connection() -> Result<Ref<Connection>, Error> {
    current::connection().ok_or(Error::General("no connection".into()))
}

/// The failure is on the connection: its alert and its reason are sent and
/// reported instead of what rustls makes of this error.
fn verify_chain(
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    ocsp_response: &[u8],
) -> Result<(), Error> {
    let connection = connection()?;
    let chain = std::iter::once(end_entity).chain(intermediates).map(|cert| cert.to_vec()).collect();
    if connection.on_peer_certificates(chain, ocsp_response) { Ok(()) } else { Err(refusal(&connection)) }
}

/// What a client looks at when the server has signed.
fn after_signature(connection: &Connection) -> Result<(), Error> {
    if connection.on_server_signature() { Ok(()) } else { Err(refusal(connection)) }
}

/// The alert that rustls is about to send is OpenSSL's for the failure that is noted.
fn refusal(connection: &Connection) -> Error {
    connection.tap.alert_override.set(connection.failure.get().map(|(_, alert)| alert));
    Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure)
}

fn or_refuse<T>(connection: &Connection, judged: Result<T, VerifyFailure>) -> Result<T, Error> {
    judged.map_err(|failure| {
        connection.failure.set(Some((failure.reason, failure.alert)));
        refusal(connection)
    })
}

/// Has a signature verified, if certificate and scheme are accepted.
fn accept_signature(
    connection: &Connection,
    cert: &CertificateDer<'_>,
    dss: &DigitallySignedStruct,
    verify: impl FnOnce(&AcceptedScheme<'_>) -> Result<HandshakeSignatureValid, Error>,
) -> Result<HandshakeSignatureValid, Error> {
    let bad = Error::InvalidCertificate(rustls::CertificateError::BadEncoding);
    let certificate = AcceptedCertificate::of(connection, cert).ok_or(bad)?;
    let scheme = or_refuse(connection, AcceptedScheme::check(connection, &certificate, dss.scheme.into()))?;
    connection.negotiated.borrow_mut().peer_signature = scheme.scheme().code;
    verify(&scheme)
}

fn verify_signature(
    message: &[u8],
    cert: &CertificateDer<'_>,
    dss: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    accept_signature(&*connection()?, cert, dss, |scheme| signature::verify(message, scheme, dss.signature()))
}

/// The schemes that the current connection accepts from its peer.
fn schemes() -> Vec<SignatureScheme> {
    if super::mint::in_progress() {
        return vec![SignatureScheme::ED25519];
    }
    let configured = current::with(|connection| connection.offered_sigalgs());
    configured.iter().flat_map(|list| list.iter().copied()).map(SignatureScheme::from).collect()
}
