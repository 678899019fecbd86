//! Security levels and the security callback: who may judge what is secure
//! enough, and the judgement of a level.

use libc::c_int;

use super::callbacks::{SecurityCallback, WithArg};
use super::cipher::{self, Cipher, auth, enc, kx, least_bits, mac};
use super::identity::Reason;
use super::{groups, sigalgs};
use crate::ffi::callbacks;
use crate::ffi::types::{SSL, SSL_CTX};
use crate::libcrypto::evp::EvpPkey;
use crate::libcrypto::x509::X509;
use crate::reason;

/// What is judged: `SSL_SECOP_*`.
#[allow(missing_docs)]
pub mod op {
    use libc::c_int;

    const OTHER_CIPHER: c_int = 1 << 16;
    const OTHER_CURVE: c_int = 2 << 16;
    const OTHER_PKEY: c_int = 4 << 16;
    const OTHER_SIGALG: c_int = 5 << 16;
    const OTHER_CERT: c_int = 6 << 16;
    pub const CIPHER_SUPPORTED: c_int = 1 | OTHER_CIPHER;
    pub const CIPHER_SHARED: c_int = 2 | OTHER_CIPHER;
    pub const CIPHER_CHECK: c_int = 3 | OTHER_CIPHER;
    pub const CURVE_SUPPORTED: c_int = 4 | OTHER_CURVE;
    pub const CURVE_SHARED: c_int = 5 | OTHER_CURVE;
    pub const CURVE_CHECK: c_int = 6 | OTHER_CURVE;
    pub const TMP_DH: c_int = 7 | OTHER_PKEY;
    pub const VERSION: c_int = 9;
    pub const TICKET: c_int = 10;
    pub const SIGALG_SUPPORTED: c_int = 11 | OTHER_SIGALG;
    pub const SIGALG_SHARED: c_int = 12 | OTHER_SIGALG;
    pub const SIGALG_CHECK: c_int = 13 | OTHER_SIGALG;
    pub const SIGALG_MASK: c_int = 14 | OTHER_SIGALG;
    pub const COMPRESSION: c_int = 15;
    pub const EE_KEY: c_int = 16 | OTHER_CERT;
    pub const CA_KEY: c_int = 17 | OTHER_CERT;
    pub const CA_MD: c_int = 18 | OTHER_CERT;
}

/// The object that a question is about, as the callback gets it.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    /// None.
    Nothing,
    /// A suite.
    Cipher(&'static Cipher),
    /// A group or a signature algorithm: its number on the wire.
    Number(u16),
    /// A certificate.
    Certificate(&'a X509),
    /// A key.
    Key(&'a EvpPkey),
}

/// What the callback is asked.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// `SSL_SECOP_*`
    pub op: c_int,
    /// Bits of security.
    pub bits: c_int,
    /// A NID or a version.
    pub nid: c_int,
    /// What it is about.
    pub subject: Subject<'a>,
}

/// Who judges for an SSL_CTX or an SSL: its security callback or its level. It
/// calls into C: no borrow may be held.
#[derive(Clone, Copy)]
pub struct Judge {
    level: c_int,
    callback: WithArg<SecurityCallback>,
    ssl: *const SSL,
    ctx: *const SSL_CTX,
}

impl Judge {
    /// For an SSL or an SSL_CTX; the other one is NULL.
    pub fn new(level: c_int, callback: WithArg<SecurityCallback>, ssl: *const SSL, ctx: *const SSL_CTX) -> Self {
        Self { level, callback, ssl, ctx }
    }

    /// Whether the program judges.
    pub fn is_callback(&self) -> bool {
        self.callback.function.is_some()
    }

    fn allows(&self, question: &Question<'_>) -> bool {
        match self.callback.function {
            Some(function) => callbacks::security(function, self.ssl, self.ctx, question, self.callback.arg),
            None => {
                let cipher = if let Subject::Cipher(cipher) = question.subject { Some(cipher) } else { None };
                allowed_at(self.level, question.op, question.bits, question.nid, cipher)
            }
        }
    }

    /// A suite (`op::CIPHER_*`).
    pub fn allows_cipher(&self, op: c_int, code_point: u16) -> bool {
        cipher::by_code_point(code_point).is_some_and(|cipher| {
            self.allows(&Question { op, bits: cipher.bits(), nid: 0, subject: Subject::Cipher(cipher) })
        })
    }

    /// A group (`op::CURVE_*`).
    pub fn allows_group(&self, op: c_int, id: u16) -> bool {
        let (bits, nid) = (groups::security_bits(id), groups::nid_of(id));
        self.allows(&Question { op, bits, nid, subject: Subject::Number(id) })
    }

    /// A signature algorithm (`op::SIGALG_*`).
    pub fn allows_sigalg(&self, op: c_int, id: u16) -> bool {
        let Some(known) = sigalgs::by_id(id) else { return false };
        let bits = sigalgs::security_bits(id);
        self.allows(&Question { op, bits, nid: known.hash, subject: Subject::Number(id) })
    }

    /// What has no bits: a version, tickets, compression.
    pub fn allows_feature(&self, op: c_int, nid: c_int) -> bool {
        self.allows(&Question { op, bits: 0, nid, subject: Subject::Nothing })
    }

    /// DH parameters, of which `key` consists; none are as weak as can be.
    pub fn allows_dh(&self, key: Option<&EvpPkey>) -> bool {
        let (bits, subject) = key.map_or((0, Subject::Nothing), |key| (key.security_bits(), Subject::Key(key)));
        self.allows(&Question { op: op::TMP_DH, bits, nid: 0, subject })
    }

    /// Whether a certificate is strong enough to be sent: the key of our own
    /// (`is_leaf`) or of an issuer, and the signature on it.
    pub fn check_certificate(&self, certificate: &X509, is_leaf: bool) -> Result<(), Reason> {
        let subject = Subject::Certificate(certificate);
        let (op, too_small) =
            if is_leaf { (op::EE_KEY, reason::EE_KEY_TOO_SMALL) } else { (op::CA_KEY, reason::CA_KEY_TOO_SMALL) };
        let bits = certificate.public_key().map_or(-1, |key| key.security_bits());
        if !self.allows(&Question { op, bits, nid: 0, subject }) {
            return Err(too_small);
        }
        if !certificate.is_self_signed() {
            let (digest, signature, bits) = certificate.signature_info();
            let nid = if digest == 0 { signature } else { digest };
            if !self.allows(&Question { op: op::CA_MD, bits, nid, subject }) {
                return Err(reason::CA_MD_TOO_WEAK);
            }
        }
        Ok(())
    }

    /// As [`Self::check_certificate`], for a chain that begins with our own.
    pub fn check_chain(&self, chain: &[X509]) -> Result<(), Reason> {
        chain.iter().enumerate().try_for_each(|(at, certificate)| self.check_certificate(certificate, at == 0))
    }
}

/// The judgement of a level: OpenSSL's default security callback.
pub fn allowed_at(level: c_int, op: c_int, bits: c_int, nid: c_int, cipher: Option<&Cipher>) -> bool {
    const DTLS: c_int = 0xfe;
    let level = level.clamp(0, 5);
    let least = least_bits(level);
    match (level, op) {
        (0, op::TMP_DH) => bits >= 80,
        (0, _) => true,
        (_, op::CIPHER_SUPPORTED | op::CIPHER_SHARED | op::CIPHER_CHECK) => {
            const EPHEMERAL: u32 = kx::DHE | kx::ECDHE | kx::DHE_PSK | kx::ECDHE_PSK;
            bits >= least
                && cipher.is_none_or(|cipher| {
                    cipher.auth & auth::NULL == 0
                        && cipher.mac & mac::MD5 == 0
                        && (least <= 160 || cipher.mac & mac::SHA1 == 0)
                        && (level < 2 || cipher.enc != enc::RC4)
                        && (level < 3 || cipher.is_tls13() || cipher.kx & EPHEMERAL != 0)
                })
        }
        (_, op::VERSION) if nid >> 8 == DTLS => level < 4 || nid <= 0xfefd,
        (_, op::VERSION) => match nid {
            ..=0x0300 => level < 2,
            0x0301 => level < 3,
            0x0302 => level < 4,
            _ => true,
        },
        (_, op::COMPRESSION) => level < 2,
        (_, op::TICKET) => level < 3,
        _ => bits >= least,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sigalg(level: c_int, id: u16) -> bool {
        let judge = Judge::new(level, WithArg::default(), std::ptr::null(), std::ptr::null());
        judge.allows_sigalg(op::SIGALG_SUPPORTED, id)
    }

    #[test]
    fn a_level_excludes_weak_hashes() {
        const SHA1: u16 = 0x0201;
        const SHA224: u16 = 0x0301;
        const SHA256: u16 = 0x0804;
        assert!(sigalg(0, SHA1));
        assert!(!sigalg(1, SHA1));
        assert!(sigalg(2, SHA224));
        assert!(!sigalg(3, SHA224));
        assert!(sigalg(3, SHA256));
        assert!(!sigalg(4, SHA256));
    }

    #[test]
    fn a_level_excludes_features() {
        assert!(allowed_at(2, op::TICKET, 0, 0, None) && !allowed_at(3, op::TICKET, 0, 0, None));
        assert!(allowed_at(5, op::VERSION, 0, 0x0303, None) && !allowed_at(4, op::VERSION, 0, 0x0302, None));
        assert!(!allowed_at(0, op::TMP_DH, 79, 0, None));
    }
}
