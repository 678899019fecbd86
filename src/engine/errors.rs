//! rustls's errors as OpenSSL's: the reason on the error queue and the alert
//! on the wire that OpenSSL 3.0 has for the same event.

use libc::c_int;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible, PeerMisbehaved};

use crate::connection::block::certificate_fault;
use crate::connection::block::extensions_of;
use crate::connection::client_hello::extension;
use crate::connection::messages::handshake_type as t;
use crate::connection::resumption::{Reader, extensions};
use crate::libcrypto::err::ERR_R_INTERNAL_ERROR;
use crate::reason::{self, alert};

/// What was being read when an error was found.
#[derive(Default)]
pub struct Moment {
    /// Which end we are.
    pub client: bool,
    /// The version agreed upon, or 0.
    pub version: u16,
    /// The content type of the record.
    pub record: u8,
    /// The record's length.
    pub len: usize,
    /// The last handshake message, with its header.
    pub message: Vec<u8>,
    /// Whether the handshake is under way.
    pub in_init: bool,
    /// Whether the peer's ChangeCipherSpec came.
    pub changed: bool,
}

impl Moment {
    fn kind(&self) -> Option<u8> {
        self.message.first().copied().filter(|_| self.record != ALERT && self.record != CHANGE_CIPHER_SPEC)
    }

    fn tls13(&self) -> bool {
        self.version == TLS1_3
    }

    /// Whether the last message is of that kind, and lacks the extension.
    fn lacks(&self, message: u8, kind: u16) -> bool {
        self.kind() == Some(message) && extensions(extensions_of(&self.message)).all(|(found, _)| found != kind)
    }

    /// The last message's content.
    fn body(&self) -> Reader<'_> {
        Reader(self.message.get(4..).unwrap_or_default())
    }

    /// Whether a message came after the handshake that has no place there.
    fn is_late(&self) -> bool {
        let late = match self.kind() {
            Some(t::KEY_UPDATE) => !self.tls13(),
            Some(t::NEW_SESSION_TICKET) => !(self.tls13() && self.client),
            Some(t::CLIENT_HELLO) => self.tls13() || self.client,
            Some(t::HELLO_REQUEST) => self.tls13(),
            Some(t::FINISHED) | None => false,
            Some(_) => true,
        };
        late && !self.in_init
    }
}

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const APPLICATION_DATA: u8 = 23;
const TLS1_3: u16 = 0x0304;

/// The reason and the alert for `error`.
pub fn classify(error: &Error, moment: &Moment) -> (c_int, u8) {
    let client = moment.client;
    match error {
        // So rustls also calls a Finished that does not fit the handshake.
        Error::DecryptError if moment.in_init && moment.kind() == Some(t::FINISHED) => {
            let len = moment.message.len() - 4;
            match if moment.tls13() { len == 32 || len == 48 } else { len == 12 } {
                true => (reason::DIGEST_CHECK_FAILED, alert::DECRYPT_ERROR),
                false => (reason::BAD_DIGEST_LENGTH, alert::DECODE_ERROR),
            }
        }
        // Nothing is answered to an alert.
        Error::AlertReceived(received) => {
            let number = u8::from(*received);
            (reason::ALERT_OFFSET + c_int::from(number), number)
        }
        Error::InappropriateMessage { got_type, .. } => misplaced_record(u8::from(*got_type), moment),
        Error::InappropriateHandshakeMessage { .. } => (reason::UNEXPECTED_MESSAGE, alert::UNEXPECTED_MESSAGE),
        Error::InvalidMessage(_) if moment.is_late() => (reason::UNEXPECTED_MESSAGE, alert::UNEXPECTED_MESSAGE),
        Error::InvalidMessage(what) => invalid_message(what, moment),
        Error::PeerIncompatible(PeerIncompatible::NoKxGroupsInCommon) if !moment.tls13() => {
            (reason::NO_SHARED_CIPHER, alert::HANDSHAKE_FAILURE)
        }
        Error::PeerIncompatible(PeerIncompatible::NoKxGroupsInCommon)
            if moment.lacks(t::CLIENT_HELLO, extension::SUPPORTED_GROUPS) =>
        {
            (reason::MISSING_SUPPORTED_GROUPS_EXTENSION, alert::MISSING_EXTENSION)
        }
        Error::PeerIncompatible(PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon)
            if moment.lacks(t::CERTIFICATE_REQUEST, extension::SIGNATURE_ALGORITHMS) =>
        {
            (reason::MISSING_SIGALGS_EXTENSION, alert::MISSING_EXTENSION)
        }
        Error::PeerIncompatible(why) => incompatible(why, client),
        Error::PeerMisbehaved(PeerMisbehaved::IllegalMiddleboxChangeCipherSpec) => {
            misplaced_record(CHANGE_CIPHER_SPEC, moment)
        }
        Error::PeerMisbehaved(PeerMisbehaved::InvalidKeyShare) if moment.kind() == Some(t::CLIENT_KEY_EXCHANGE) => {
            (reason::BAD_KEY_SHARE, alert::ILLEGAL_PARAMETER)
        }
        Error::PeerMisbehaved(PeerMisbehaved::SelectedUnofferedCompression) => {
            let of_tls12 = moment.lacks(t::SERVER_HELLO, extension::SUPPORTED_VERSIONS);
            let reason = if of_tls12 { reason::COMPRESSION_DISABLED } else { reason::INVALID_COMPRESSION_ALGORITHM };
            (reason, alert::ILLEGAL_PARAMETER)
        }
        Error::PeerMisbehaved(why) => misbehaved(why),
        Error::InvalidCertificate(why) => certificate(why),
        Error::NoCertificatesPresented if client => (reason::LENGTH_MISMATCH, alert::DECODE_ERROR),
        Error::NoCertificatesPresented => (reason::PEER_DID_NOT_RETURN_A_CERTIFICATE, alert::CERTIFICATE_REQUIRED),
        Error::DecryptError => (reason::DECRYPTION_FAILED_OR_BAD_RECORD_MAC, alert::BAD_RECORD_MAC),
        Error::PeerSentOversizedRecord => (reason::DATA_LENGTH_TOO_LONG, alert::RECORD_OVERFLOW),
        Error::NoApplicationProtocol => (reason::NO_APPLICATION_PROTOCOL, alert::NO_APPLICATION_PROTOCOL),
        _ => (ERR_R_INTERNAL_ERROR, alert::INTERNAL_ERROR),
    }
}

/// The alert as it is sent in `version`: TLS 1.2 lacks two of TLS 1.3's.
pub fn alert_in(version: u16, alert: u8) -> u8 {
    match alert {
        alert::CERTIFICATE_REQUIRED | alert::MISSING_EXTENSION if version < 0x0304 => alert::HANDSHAKE_FAILURE,
        _ => alert,
    }
}

fn invalid_message(what: &InvalidMessage, moment: &Moment) -> (c_int, u8) {
    use InvalidMessage as M;
    match what {
        M::MessageTooLarge => (reason::PACKET_LENGTH_TOO_LONG, alert::RECORD_OVERFLOW),
        M::HandshakePayloadTooLarge | M::CertificatePayloadTooLarge => {
            (reason::EXCESSIVE_MESSAGE_SIZE, alert::ILLEGAL_PARAMETER)
        }
        M::UnknownProtocolVersion => (reason::WRONG_VERSION_NUMBER, alert::PROTOCOL_VERSION),
        M::InvalidEmptyPayload if moment.record == ALERT => undecodable(moment),
        M::InvalidEmptyPayload => (reason::RECORD_TOO_SMALL, alert::UNEXPECTED_MESSAGE),
        M::InvalidCcs if moment.in_init && !moment.tls13() => {
            (reason::BAD_CHANGE_CIPHER_SPEC, alert::UNEXPECTED_MESSAGE)
        }
        M::InvalidCcs => misplaced_record(CHANGE_CIPHER_SPEC, moment),
        M::InvalidContentType if moment.tls13() => (reason::BAD_RECORD_TYPE, alert::UNEXPECTED_MESSAGE),
        M::InvalidContentType if !moment.in_init => (reason::UNEXPECTED_RECORD, alert::UNEXPECTED_MESSAGE),
        M::UnexpectedMessage(_) | M::InvalidContentType => (reason::UNEXPECTED_MESSAGE, alert::UNEXPECTED_MESSAGE),
        M::InvalidCertificateStatusType => (reason::UNSUPPORTED_STATUS_TYPE, alert::DECODE_ERROR),
        M::TrailingData(_) => undecodable(moment),
        _ if moment.tls13() && moment.kind() == Some(t::CERTIFICATE_REQUEST) => {
            let context = moment.body().vector(1);
            (context.map_or(reason::LENGTH_MISMATCH, |_| reason::BAD_LENGTH), alert::DECODE_ERROR)
        }
        M::IllegalEmptyList("Compressions") => (reason::NO_COMPRESSION_SPECIFIED, alert::DECODE_ERROR),
        M::InvalidDhParams if moment.kind() == Some(t::CLIENT_KEY_EXCHANGE) => undecodable(moment),
        M::InvalidDhParams => (reason::BAD_DH_VALUE, alert::ILLEGAL_PARAMETER),
        M::InvalidKeyUpdate => (reason::BAD_KEY_UPDATE, alert::ILLEGAL_PARAMETER),
        M::UnsupportedCompression => (reason::UNSUPPORTED_COMPRESSION_ALGORITHM, alert::ILLEGAL_PARAMETER),
        M::UnsupportedCurveType => (reason::WRONG_CURVE, alert::ILLEGAL_PARAMETER),
        M::UnsupportedKeyExchangeAlgorithm(_) => (reason::UNKNOWN_KEY_EXCHANGE_TYPE, alert::ILLEGAL_PARAMETER),
        M::InvalidServerName | M::NoSignatureSchemes | M::IllegalEmptyList(_) | M::IllegalEmptyValue => {
            (reason::BAD_EXTENSION, alert::DECODE_ERROR)
        }
        M::DuplicateExtension(_) | M::PreSharedKeyIsNotFinalExtension => {
            (reason::BAD_EXTENSION, alert::ILLEGAL_PARAMETER)
        }
        M::UnknownHelloRetryRequestExtension | M::UnknownCertificateExtension => {
            (reason::UNSOLICITED_EXTENSION, alert::UNSUPPORTED_EXTENSION)
        }
        _ => undecodable(moment),
    }
}

/// A record of a type that has no place there.
fn misplaced_record(kind: u8, moment: &Moment) -> (c_int, u8) {
    let reason = match kind {
        CHANGE_CIPHER_SPEC if moment.tls13() && moment.in_init => {
            return (reason::INVALID_CCS_MESSAGE, alert::ILLEGAL_PARAMETER);
        }
        CHANGE_CIPHER_SPEC if moment.tls13() => reason::BAD_RECORD_TYPE,
        // rustls does not try to decrypt it.
        CHANGE_CIPHER_SPEC if !moment.in_init && moment.len == 1 => {
            return (reason::DECRYPTION_FAILED_OR_BAD_RECORD_MAC, alert::BAD_RECORD_MAC);
        }
        CHANGE_CIPHER_SPEC if !moment.in_init => reason::CCS_RECEIVED_EARLY,
        APPLICATION_DATA if moment.tls13() => reason::UNEXPECTED_RECORD,
        APPLICATION_DATA if moment.changed => reason::DATA_BETWEEN_CCS_AND_FINISHED,
        _ => reason::UNEXPECTED_MESSAGE,
    };
    (reason, alert::UNEXPECTED_MESSAGE)
}

/// A message whose parts do not fit together.
fn undecodable(moment: &Moment) -> (c_int, u8) {
    let empty = moment.message.len() == 4;
    match (moment.record, moment.kind()) {
        (ALERT, _) => (reason::INVALID_ALERT, alert::UNEXPECTED_MESSAGE),
        (CHANGE_CIPHER_SPEC, _) => (reason::BAD_CHANGE_CIPHER_SPEC, alert::UNEXPECTED_MESSAGE),
        (_, Some(t::SERVER_HELLO)) if moment.message.len() < HELLO_START => {
            (reason::LENGTH_MISMATCH, alert::DECODE_ERROR)
        }
        (_, Some(t::SERVER_HELLO))
            if usize::from(moment.message[HELLO_START - 1]) > moment.message.len() - HELLO_START =>
        {
            (reason::LENGTH_MISMATCH, alert::DECODE_ERROR)
        }
        (_, Some(t::SERVER_HELLO)) if moment.message[HELLO_START - 1] > 32 => {
            (reason::SSL3_SESSION_ID_TOO_LONG, alert::ILLEGAL_PARAMETER)
        }
        (_, Some(t::KEY_UPDATE)) if empty => (reason::BAD_KEY_UPDATE, alert::DECODE_ERROR),
        (_, Some(t::SERVER_HELLO)) if server_hello_ends_early(moment) => (reason::LENGTH_MISMATCH, alert::DECODE_ERROR),
        (_, Some(t::SERVER_HELLO)) => (reason::BAD_LENGTH, alert::DECODE_ERROR),
        (_, Some(t::SERVER_HELLO_DONE | t::KEY_UPDATE | t::END_OF_EARLY_DATA)) => {
            (reason::EXCESSIVE_MESSAGE_SIZE, alert::ILLEGAL_PARAMETER)
        }
        (_, Some(t::FINISHED)) => (reason::BAD_DIGEST_LENGTH, alert::DECODE_ERROR),
        (_, Some(t::CERTIFICATE)) => (certificate_fault(&moment.message, moment.tls13()), alert::DECODE_ERROR),
        (_, Some(t::SERVER_KEY_EXCHANGE)) if key_exchange_ends_early(moment) => {
            (reason::LENGTH_TOO_SHORT, alert::DECODE_ERROR)
        }
        (_, Some(t::CLIENT_KEY_EXCHANGE)) if empty => (reason::MISSING_TMP_ECDH_KEY, alert::HANDSHAKE_FAILURE),
        (_, Some(t::CERTIFICATE_VERIFY)) if moment.body().number(2).is_none() => {
            (reason::BAD_PACKET, alert::DECODE_ERROR)
        }
        (_, Some(t::CERTIFICATE_REQUEST)) if algorithms_are_odd(moment) => {
            (reason::SIGNATURE_ALGORITHMS_ERROR, alert::INTERNAL_ERROR)
        }
        _ => (reason::LENGTH_MISMATCH, alert::DECODE_ERROR),
    }
}

/// Whether there is no compression method behind the cipher.
fn server_hello_ends_early(moment: &Moment) -> bool {
    let mut body = moment.body();
    body.take(2 + 32).and_then(|_| body.vector(1)).and_then(|_| body.take(2 + 1)).is_none()
}

/// Whether there is no curve, or behind its point no signature scheme.
fn key_exchange_ends_early(moment: &Moment) -> bool {
    let mut body = moment.body();
    body.take(1 + 2).is_none() || body.vector(1).is_some() && body.take(2).is_none()
}

/// Whether a TLS 1.2 request's list of signature algorithms has an odd length.
fn algorithms_are_odd(moment: &Moment) -> bool {
    let mut body = moment.body();
    let algorithms = body.vector(1).and_then(|_| body.vector(2));
    !moment.tls13() && algorithms.is_some_and(|list| list.len() % 2 != 0)
}

/// Where a hello's session id begins: behind header, version, random and its length.
const HELLO_START: usize = 4 + 2 + 32 + 1;

fn incompatible(why: &PeerIncompatible, client: bool) -> (c_int, u8) {
    use PeerIncompatible as P;
    match why {
        P::NoCipherSuitesInCommon => (reason::NO_SHARED_CIPHER, alert::HANDSHAKE_FAILURE),
        P::NoSignatureSchemesInCommon | P::NoCertificateRequestSignatureSchemesInCommon => {
            (reason::NO_SUITABLE_SIGNATURE_ALGORITHM, alert::HANDSHAKE_FAILURE)
        }
        P::NoKxGroupsInCommon => (reason::NO_SUITABLE_KEY_SHARE, alert::HANDSHAKE_FAILURE),
        P::KeyShareExtensionRequired => (reason::NO_SUITABLE_KEY_SHARE, alert::MISSING_EXTENSION),
        P::NamedGroupsExtensionRequired => (reason::MISSING_SUPPORTED_GROUPS_EXTENSION, alert::MISSING_EXTENSION),
        P::SignatureAlgorithmsExtensionRequired => (reason::MISSING_SIGALGS_EXTENSION, alert::MISSING_EXTENSION),
        P::ExtendedMasterSecretExtensionRequired => (reason::INCONSISTENT_EXTMS, alert::HANDSHAKE_FAILURE),
        P::EcPointsExtensionRequired | P::NoEcPointFormatsInCommon | P::UncompressedEcPointsRequired => {
            (reason::TLS_INVALID_ECPOINTFORMAT_LIST, alert::ILLEGAL_PARAMETER)
        }
        P::NullCompressionRequired => (reason::NO_COMPRESSION_SPECIFIED, alert::DECODE_ERROR),
        P::ServerSentHelloRetryRequestWithUnknownExtension | P::UnsolicitedCertificateTypeExtension => {
            (reason::UNSOLICITED_EXTENSION, alert::UNSUPPORTED_EXTENSION)
        }
        P::IncorrectCertificateTypeExtension => (reason::BAD_EXTENSION, alert::UNSUPPORTED_CERTIFICATE),
        P::ServerDoesNotSupportTls12Or13
        | P::ServerTlsVersionIsDisabledByOurConfig
        | P::SupportedVersionsExtensionRequired
        | P::Tls12NotOffered
        | P::Tls12NotOfferedOrEnabled => (reason::UNSUPPORTED_PROTOCOL, alert::PROTOCOL_VERSION),
        _ if client => (reason::SSL_HANDSHAKE_FAILURE, alert::HANDSHAKE_FAILURE),
        _ => (reason::NO_SHARED_CIPHER, alert::HANDSHAKE_FAILURE),
    }
}

fn misbehaved(why: &PeerMisbehaved) -> (c_int, u8) {
    use PeerMisbehaved as P;
    let reason = match why {
        P::IllegalMiddleboxChangeCipherSpec => return (reason::UNEXPECTED_CCS_MESSAGE, alert::UNEXPECTED_MESSAGE),
        P::IllegalTlsInnerPlaintext => return (reason::BAD_RECORD_TYPE, alert::UNEXPECTED_MESSAGE),
        P::KeyEpochWithPendingFragment => return (reason::NOT_ON_RECORD_BOUNDARY, alert::UNEXPECTED_MESSAGE),
        P::MessageInterleavedWithHandshakeMessage | P::RejectedEarlyDataInterleavedWithHandshakeMessage => {
            return (reason::MIXED_HANDSHAKE_AND_NON_HANDSHAKE_DATA, alert::UNEXPECTED_MESSAGE);
        }
        P::TooManyEmptyFragments => return (reason::RECORD_TOO_SMALL, alert::UNEXPECTED_MESSAGE),
        P::TooManyRenegotiationRequests => return (reason::UNEXPECTED_MESSAGE, alert::UNEXPECTED_MESSAGE),
        P::TooManyWarningAlertsReceived => return (reason::TOO_MANY_WARN_ALERTS, alert::UNEXPECTED_MESSAGE),
        P::TooMuchEarlyDataReceived => return (reason::TOO_MUCH_EARLY_DATA, alert::UNEXPECTED_MESSAGE),
        P::MissingKeyShare => return (reason::NO_SUITABLE_KEY_SHARE, alert::MISSING_EXTENSION),
        P::MissingPskModesExtension => return (reason::MISSING_PSK_KEX_MODES_EXTENSION, alert::MISSING_EXTENSION),
        P::OfferedEarlyDataWithOldProtocolVersion => return (reason::WRONG_SSL_VERSION, alert::PROTOCOL_VERSION),
        P::ResumptionAttemptedWithVariedEms | P::ResumptionOfferedWithVariedEms => {
            return (reason::INCONSISTENT_EXTMS, alert::HANDSHAKE_FAILURE);
        }
        P::InvalidMaxEarlyDataSize => return (reason::INVALID_MAX_EARLY_DATA, alert::DECODE_ERROR),
        P::IllegalHelloRetryRequestWithEmptyCookie => return (reason::LENGTH_MISMATCH, alert::DECODE_ERROR),
        P::DuplicateServerNameTypes
        | P::ServerNameMustContainOneHostName
        | P::OfferedEmptyApplicationProtocol
        | P::MissingBinderInPskExtension => return (reason::BAD_EXTENSION, alert::DECODE_ERROR),
        P::BadCertChainExtensions
        | P::SelectedUnofferedPsk
        | P::UnsolicitedCertExtension
        | P::UnsolicitedEchExtension
        | P::UnsolicitedEncryptedExtension
        | P::UnsolicitedSctList
        | P::UnsolicitedServerHelloExtension => {
            return (reason::UNSOLICITED_EXTENSION, alert::UNSUPPORTED_EXTENSION);
        }

        P::AttemptedDowngradeToTls12WhenTls13IsSupported => reason::INAPPROPRIATE_FALLBACK,
        P::CipherSuiteDifferedOnRetry => reason::BAD_CIPHER,
        P::EarlyDataOfferedWithVariedCipherSuite => reason::BAD_EARLY_DATA,
        P::HandshakeHashVariedAfterRetry | P::ResumptionOfferedWithIncompatibleCipherSuite => {
            reason::CIPHERSUITE_DIGEST_HAS_CHANGED
        }
        P::IllegalHelloRetryRequestWithNoChanges => reason::NO_CHANGE_FOLLOWING_HRR,
        P::IllegalHelloRetryRequestWithOfferedGroup
        | P::IllegalHelloRetryRequestWithUnofferedNamedGroup
        | P::OfferedDuplicateKeyShares
        | P::RefusedToFollowHelloRetryRequest
        | P::WrongGroupForKeyShare => reason::BAD_KEY_SHARE,
        P::IllegalHelloRetryRequestWithUnofferedCipherSuite
        | P::SelectedDifferentCipherSuiteAfterRetry
        | P::SelectedUnofferedCipherSuite
        | P::SelectedUnusableCipherSuiteForVersion => reason::WRONG_CIPHER_RETURNED,
        P::IllegalHelloRetryRequestWithUnsupportedVersion => reason::BAD_HRR_VERSION,
        P::IllegalHelloRetryRequestWithWrongSessionId | P::ServerEchoedCompatibilitySessionId => {
            reason::INVALID_SESSION_ID
        }
        P::IncorrectBinder => reason::BINDER_DOES_NOT_VERIFY,
        P::InvalidKeyShare => reason::BAD_ECPOINT,
        P::OfferedIncorrectCompressions => reason::INVALID_COMPRESSION_ALGORITHM,
        P::ResumptionOfferedWithVariedCipherSuite => reason::OLD_SESSION_CIPHER_NOT_RETURNED,
        P::SelectedInvalidPsk => reason::BAD_PSK_IDENTITY,
        P::SelectedTls12UsingTls13VersionExtension => reason::BAD_PROTOCOL_VERSION_NUMBER,
        P::SelectedUnofferedCompression => reason::UNSUPPORTED_COMPRESSION_ALGORITHM,
        P::SelectedUnofferedKxGroup => reason::WRONG_CURVE,
        P::ServerHelloMustOfferUncompressedEcPoints => reason::TLS_INVALID_ECPOINTFORMAT_LIST,
        P::SignedKxWithWrongAlgorithm | P::SignedHandshakeWithUnadvertisedSigScheme => reason::WRONG_SIGNATURE_TYPE,
        P::TooManyKeyUpdateRequests => reason::TOO_MANY_KEY_UPDATES,
        // What is left are extensions with a content that makes no sense.
        _ => reason::BAD_EXTENSION,
    };
    (reason, alert::ILLEGAL_PARAMETER)
}

fn certificate(why: &CertificateError) -> (c_int, u8) {
    let alert = u8::from(AlertDescription::from(why.clone()));
    match why {
        CertificateError::BadSignature => (reason::BAD_SIGNATURE, alert),
        _ => (reason::CERTIFICATE_VERIFY_FAILED, alert),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_failures() {
        let (server, client) = (Moment::default(), Moment { client: true, ..Moment::default() });
        let finished = Moment {
            message: vec![t::FINISHED; 16],
            in_init: true,
            version: 0x0303,
            client: true,
            ..Moment::default()
        };
        let shared = Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon);
        assert_eq!(classify(&shared, &server), (193, 40));
        assert_eq!(classify(&Error::DecryptError, &client), (281, 20));
        assert_eq!(classify(&Error::AlertReceived(AlertDescription::HandshakeFailure), &client), (1040, 40));
        assert_eq!(classify(&Error::InvalidCertificate(CertificateError::BadSignature), &client), (123, 51));
        assert_eq!(classify(&Error::NoCertificatesPresented, &server), (199, 116));
        assert_eq!(classify(&Error::DecryptError, &finished), (149, 51));
        assert_eq!(classify(&Error::DecryptError, &Moment { message: vec![t::FINISHED; 9], ..finished }), (111, 50));
        assert_eq!(alert_in(0x0303, 116), 40);
    }
}
