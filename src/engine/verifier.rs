//! Verification of the peer, by libcrypto, for the current connection.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, PeerMisbehaved, SignatureScheme};

use super::transcript::on_the_wire;
use super::{current, signature};
use crate::context::security::op;
use crate::reason::{self, alert};

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
        if !super::mint::in_progress() {
            let exchanged = current::with(|connection| connection.negotiated.borrow().peer_share.0);
            accept_groups(exchanged.into_iter().chain(signature::curve(cert)))?;
        }
        verify_signature(message, cert, dss, false)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_signature(message, cert, dss, true)
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
        accept_groups(signature::curve(cert).into_iter())?;
        // What a TLS 1.2 client signs is the handshake itself.
        match on_the_wire(message) {
            Some(wire) => verify_signature(&wire, cert, dss, false),
            None => verify_signature(message, cert, dss, false),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_signature(message, cert, dss, true)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        schemes()
    }
}

/// The failure is on the connection: its alert and its reason are sent and
/// reported instead of what rustls makes of this error.
fn verify_chain(
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    ocsp_response: &[u8],
) -> Result<(), Error> {
    let connection = current::connection().ok_or(Error::General("no connection".into()))?;
    let chain = std::iter::once(end_entity).chain(intermediates).map(|cert| cert.to_vec()).collect();
    if connection.on_peer_certificates(chain, ocsp_response) {
        return Ok(());
    }
    // The alert that rustls is about to send is OpenSSL's for this failure.
    connection.tap.alert_override.set(connection.failure.get().map(|(_, alert)| alert));
    Err(Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure))
}

/// A failure unless the groups of a TLS 1.2 peer's keys may be used. Its certificates have been
/// verified by now, which OpenSSL does first.
fn accept_groups(mut groups: impl Iterator<Item = u16>) -> Result<(), Error> {
    let connection = current::connection().ok_or(Error::General("no connection".into()))?;
    if groups.all(|group| connection.accepts_key_of_group(group)) {
        return Ok(());
    }
    connection.failure.set(Some((reason::WRONG_CURVE, alert::ILLEGAL_PARAMETER)));
    connection.tap.alert_override.set(Some(alert::ILLEGAL_PARAMETER));
    Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into())
}

fn verify_signature(
    message: &[u8],
    cert: &CertificateDer<'_>,
    dss: &DigitallySignedStruct,
    tls13: bool,
) -> Result<HandshakeSignatureValid, Error> {
    if super::mint::in_progress() {
        return Ok(HandshakeSignatureValid::assertion());
    }
    let connection = current::connection().ok_or(Error::General("no connection".into()))?;
    connection.negotiated.borrow_mut().peer_signature = u16::from(dss.scheme);
    let judge = connection.judge();
    if judge.is_callback() && !judge.allows_sigalg(op::SIGALG_CHECK, dss.scheme.into()) {
        connection.failure.set(Some((reason::WRONG_SIGNATURE_TYPE, alert::HANDSHAKE_FAILURE)));
        connection.tap.alert_override.set(Some(alert::HANDSHAKE_FAILURE));
        return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
    }
    signature::verify(message, cert, dss, tls13)
}

/// The schemes that the current connection accepts from its peer.
fn schemes() -> Vec<SignatureScheme> {
    if super::mint::in_progress() {
        return vec![SignatureScheme::ED25519];
    }
    let configured = current::with(|connection| connection.accepted_sigalgs());
    configured.iter().flat_map(|list| list.iter().copied()).map(SignatureScheme::from).collect()
}
