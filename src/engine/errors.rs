//! rustls's errors as OpenSSL's: the reason on the error queue and the alert
//! on the wire that OpenSSL 3.0 has for the same event.

use libc::c_int;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible, PeerMisbehaved};

use crate::libcrypto::err::ERR_R_INTERNAL_ERROR;
use crate::reason::{self, alert};

/// The reason and the alert for `error`; `client` tells which end we are,
/// `sent` the alert that rustls has sent already.
pub fn classify(error: &Error, client: bool, sent: Option<u8>) -> (c_int, u8) {
    match error {
        // So rustls also calls a Finished that does not fit the handshake.
        Error::DecryptError if sent == Some(alert::DECRYPT_ERROR) => {
            (reason::DIGEST_CHECK_FAILED, alert::DECRYPT_ERROR)
        }
        // Nothing is answered to an alert.
        Error::AlertReceived(received) => {
            let number = u8::from(*received);
            (reason::ALERT_OFFSET + c_int::from(number), number)
        }
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            (reason::UNEXPECTED_MESSAGE, alert::UNEXPECTED_MESSAGE)
        }
        Error::InvalidMessage(what) => invalid_message(what),
        Error::PeerIncompatible(why) => incompatible(why, client),
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

fn invalid_message(what: &InvalidMessage) -> (c_int, u8) {
    use InvalidMessage as M;
    match what {
        M::MessageTooLarge => (reason::PACKET_LENGTH_TOO_LONG, alert::RECORD_OVERFLOW),
        M::HandshakePayloadTooLarge | M::CertificatePayloadTooLarge => {
            (reason::EXCESSIVE_MESSAGE_SIZE, alert::ILLEGAL_PARAMETER)
        }
        M::UnknownProtocolVersion => (reason::WRONG_VERSION_NUMBER, alert::PROTOCOL_VERSION),
        M::InvalidEmptyPayload => (reason::RECORD_TOO_SMALL, alert::UNEXPECTED_MESSAGE),
        M::InvalidCcs => (reason::INVALID_CCS_MESSAGE, alert::ILLEGAL_PARAMETER),
        M::UnexpectedMessage(_) | M::InvalidContentType => (reason::UNEXPECTED_MESSAGE, alert::UNEXPECTED_MESSAGE),
        M::InvalidCertificateStatusType => (reason::UNSUPPORTED_STATUS_TYPE, alert::DECODE_ERROR),
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
        _ => (reason::LENGTH_MISMATCH, alert::DECODE_ERROR),
    }
}

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
        let shared = Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon);
        assert_eq!(classify(&shared, false, None), (193, 40));
        assert_eq!(classify(&Error::DecryptError, true, None), (281, 20));
        assert_eq!(classify(&Error::AlertReceived(AlertDescription::HandshakeFailure), true, None), (1040, 40));
        assert_eq!(classify(&Error::InvalidCertificate(CertificateError::BadSignature), true, None), (123, 51));
        assert_eq!(classify(&Error::NoCertificatesPresented, false, None), (199, 116));
        assert_eq!(classify(&Error::DecryptError, true, Some(51)), (149, 51));
        assert_eq!(alert_in(0x0303, 116), 40);
    }
}
