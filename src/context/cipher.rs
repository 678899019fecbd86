//! Cipher suites: `SSL_CIPHER`. All that OpenSSL 3.0 knows, so that names and
//! rules read the same; [`Cipher::is_supported`] says which can be negotiated.

use std::ffi::CStr;
use std::sync::PoisonError;

use libc::c_int;

use crate::ffi::types::{SSL_CIPHER, stack_st_SSL_CIPHER};
use crate::libcrypto::static_stack::StaticStack;
use crate::sync::Mutex;

use super::cipher_table::TABLE;

/// What an `SSL_CIPHER` pointer points to.
#[derive(Debug)]
pub struct Cipher {
    /// The two bytes on the wire.
    pub code_point: u16,
    /// OpenSSL's name.
    pub name: &'static CStr,
    /// The name in the RFC; a few private ones have none.
    pub standard_name: Option<&'static CStr>,
    /// Key exchange, of [`kx`].
    pub kx: u32,
    /// Authentication, of [`auth`].
    pub auth: u32,
    /// Encryption, of [`enc`].
    pub enc: u32,
    /// Message authentication, of [`mac`].
    pub mac: u32,
    /// The lowest protocol version that has it; 0 for a signalling value.
    pub min_version: u16,
    /// The NID of the digest of the handshake hash and key derivation.
    pub digest: c_int,
    /// Strength class, of [`class`].
    pub class: u32,
}

/// Key exchange methods, as bits.
#[allow(missing_docs)]
pub mod kx {
    pub const ANY: u32 = 0;
    pub const RSA: u32 = 1;
    pub const DHE: u32 = 2;
    pub const ECDHE: u32 = 4;
    pub const PSK: u32 = 8;
    pub const GOST: u32 = 0x10;
    pub const SRP: u32 = 0x20;
    pub const RSA_PSK: u32 = 0x40;
    pub const ECDHE_PSK: u32 = 0x80;
    pub const DHE_PSK: u32 = 0x100;
    pub const GOST18: u32 = 0x200;
}

/// Authentication methods, as bits.
#[allow(missing_docs)]
pub mod auth {
    pub const ANY: u32 = 0;
    pub const RSA: u32 = 1;
    pub const DSS: u32 = 2;
    pub const NULL: u32 = 4;
    pub const ECDSA: u32 = 8;
    pub const PSK: u32 = 0x10;
    pub const GOST01: u32 = 0x20;
    pub const SRP: u32 = 0x40;
    pub const GOST12: u32 = 0x80;
    pub const GOST01_12: u32 = GOST01 | GOST12;
}

/// Encryption methods, as bits.
#[allow(missing_docs)]
pub mod enc {
    pub const NONE: u32 = 0;
    pub const TRIPLE_DES: u32 = 2;
    pub const RC4: u32 = 4;
    pub const RC2: u32 = 8;
    pub const IDEA: u32 = 0x10;
    pub const NULL: u32 = 0x20;
    pub const AES128: u32 = 0x40;
    pub const AES256: u32 = 0x80;
    pub const CAMELLIA128: u32 = 0x100;
    pub const CAMELLIA256: u32 = 0x200;
    pub const GOST89: u32 = 0x400;
    pub const SEED: u32 = 0x800;
    pub const AES128_GCM: u32 = 0x1000;
    pub const AES256_GCM: u32 = 0x2000;
    pub const AES128_CCM: u32 = 0x4000;
    pub const AES256_CCM: u32 = 0x8000;
    pub const AES128_CCM8: u32 = 0x1_0000;
    pub const AES256_CCM8: u32 = 0x2_0000;
    pub const GOST89_12: u32 = 0x4_0000;
    pub const CHACHA20_POLY1305: u32 = 0x8_0000;
    pub const ARIA128_GCM: u32 = 0x10_0000;
    pub const ARIA256_GCM: u32 = 0x20_0000;
    pub const MAGMA: u32 = 0x40_0000;
    pub const KUZNYECHIK: u32 = 0x80_0000;

    pub const AES_GCM: u32 = AES128_GCM | AES256_GCM;
    pub const AES_CCM: u32 = AES128_CCM | AES256_CCM | AES_CCM8;
    pub const AES_CCM8: u32 = AES128_CCM8 | AES256_CCM8;
    pub const AES: u32 = AES128 | AES256 | AES_GCM | AES_CCM;
    pub const ARIA: u32 = ARIA128_GCM | ARIA256_GCM;
    pub const CAMELLIA: u32 = CAMELLIA128 | CAMELLIA256;
    pub const CBC: u32 = 1 | TRIPLE_DES | RC2 | IDEA | AES128 | AES256 | CAMELLIA | SEED;
}

/// Message authentication methods, as bits.
#[allow(missing_docs)]
pub mod mac {
    pub const NONE: u32 = 0;
    pub const MD5: u32 = 1;
    pub const SHA1: u32 = 2;
    pub const GOST94: u32 = 4;
    pub const GOST89: u32 = 8;
    pub const SHA256: u32 = 0x10;
    pub const SHA384: u32 = 0x20;
    pub const AEAD: u32 = 0x40;
    pub const GOST12_256: u32 = 0x80;
    pub const GOST89_12: u32 = 0x100;
    pub const MAGMA: u32 = 0x400;
    pub const KUZNYECHIK: u32 = 0x800;
}

/// Strength classes, as bits: one of the first four, and properties.
#[allow(missing_docs)]
pub mod class {
    pub const NONE: u32 = 0;
    pub const UNENCRYPTED: u32 = 1;
    pub const LOW: u32 = 2;
    pub const MEDIUM: u32 = 4;
    pub const HIGH: u32 = 8;
    pub const FIPS: u32 = 0x10;
    /// `ALL` has it, `DEFAULT` has not.
    pub const NOT_DEFAULT: u32 = 0x20;

    pub const STRENGTHS: u32 = UNENCRYPTED | LOW | MEDIUM | HIGH | FIPS;
}

/// The lowest protocol version of a suite.
#[allow(missing_docs)]
pub mod version {
    pub const NONE: u16 = 0;
    pub const SSL3: u16 = 0x0300;
    pub const TLS1_0: u16 = 0x0301;
    pub const TLS1_2: u16 = 0x0303;
    pub const TLS1_3: u16 = 0x0304;
}

/// NIDs of the digests of the handshake hash.
#[allow(missing_docs)]
pub mod digest {
    use libc::c_int;

    pub const NONE: c_int = 0;
    pub const MD5_SHA1: c_int = 114;
    pub const SHA256: c_int = 672;
    pub const SHA384: c_int = 673;
    pub const GOST94: c_int = 809;
    pub const GOST12_256: c_int = 982;
}

/// What is said about a method: (bit, NID, name in descriptions).
type Method = (u32, c_int, &'static str);

const KX: &[Method] = &[
    (kx::ANY, 1063, "any"),
    (kx::RSA, 1037, "RSA"),
    (kx::DHE, 1039, "DH"),
    (kx::ECDHE, 1038, "ECDH"),
    (kx::PSK, 1043, "PSK"),
    (kx::GOST, 1045, "GOST"),
    (kx::SRP, 1044, "SRP"),
    (kx::RSA_PSK, 1042, "RSAPSK"),
    (kx::ECDHE_PSK, 1040, "ECDHEPSK"),
    (kx::DHE_PSK, 1041, "DHEPSK"),
    (kx::GOST18, 1218, "GOST18"),
];

const AUTH: &[Method] = &[
    (auth::ANY, 1064, "any"),
    (auth::RSA, 1046, "RSA"),
    (auth::DSS, 1049, "DSS"),
    (auth::NULL, 1053, "None"),
    (auth::ECDSA, 1047, "ECDSA"),
    (auth::PSK, 1048, "PSK"),
    (auth::GOST01, 1050, "GOST01"),
    (auth::SRP, 1052, "SRP"),
    // As OpenSSL has it: a NID for the one, a name for both together.
    (auth::GOST12, 1051, "unknown"),
    (auth::GOST01_12, 0, "GOST12"),
];

const ENC: &[Method] = &[
    (enc::IDEA, 34, "IDEA(128)"),
    (enc::NULL, 0, "None"),
    (enc::AES128, 419, "AES(128)"),
    (enc::AES256, 427, "AES(256)"),
    (enc::CAMELLIA128, 751, "Camellia(128)"),
    (enc::CAMELLIA256, 753, "Camellia(256)"),
    (enc::GOST89, 814, "GOST89(256)"),
    (enc::SEED, 777, "SEED(128)"),
    (enc::AES128_GCM, 895, "AESGCM(128)"),
    (enc::AES256_GCM, 901, "AESGCM(256)"),
    (enc::AES128_CCM, 896, "AESCCM(128)"),
    (enc::AES256_CCM, 902, "AESCCM(256)"),
    (enc::AES128_CCM8, 896, "AESCCM8(128)"),
    (enc::AES256_CCM8, 902, "AESCCM8(256)"),
    (enc::GOST89_12, 975, "GOST89(256)"),
    (enc::CHACHA20_POLY1305, 1018, "CHACHA20/POLY1305(256)"),
    (enc::ARIA128_GCM, 1123, "ARIAGCM(128)"),
    (enc::ARIA256_GCM, 1125, "ARIAGCM(256)"),
    (enc::MAGMA, 1174, "MAGMA"),
    (enc::KUZNYECHIK, 1177, "KUZNYECHIK"),
];

const MAC: &[Method] = &[
    (mac::MD5, 4, "MD5"),
    (mac::SHA1, 64, "SHA1"),
    (mac::GOST94, 809, "GOST94"),
    (mac::GOST89, 815, "GOST89"),
    (mac::SHA256, 672, "SHA256"),
    (mac::SHA384, 673, "SHA384"),
    (mac::AEAD, 0, "AEAD"),
    (mac::GOST12_256, 982, "GOST2012"),
    (mac::GOST89_12, 976, "GOST89"),
    (mac::MAGMA, 1192, "unknown"),
    (mac::KUZNYECHIK, 1017, "unknown"),
];

fn method(table: &[Method], bit: u32) -> Method {
    table.iter().copied().find(|entry| entry.0 == bit).unwrap_or((bit, 0, "unknown"))
}

/// The suite with these two bytes on the wire, supported or not.
pub fn by_code_point(code_point: u16) -> Option<&'static Cipher> {
    CODE_POINTS.iter().position(|&known| known == code_point).map(|at| &TABLE[at])
}

/// The code points of the table alone, which take a twentieth of its room in the cache.
static CODE_POINTS: [u16; TABLE.len()] = {
    let mut code_points = [0; TABLE.len()];
    let mut at = 0;
    while at < TABLE.len() {
        code_points[at] = TABLE[at].code_point;
        at += 1;
    }
    code_points
};

/// The suite with this name in the RFC, supported or not.
pub fn by_standard_name(name: &[u8]) -> Option<&'static Cipher> {
    TABLE.iter().find(|cipher| cipher.standard_name.is_some_and(|known| known.to_bytes() == name))
}

/// Every suite, TLS 1.3's first, the others by code point, signalling values last.
pub fn all() -> impl DoubleEndedIterator<Item = &'static Cipher> {
    TABLE.iter()
}

/// The bits of security that a level asks for.
pub fn least_bits(security_level: c_int) -> c_int {
    match security_level {
        ..=0 => 0,
        1 => 80,
        2 => 112,
        3 => 128,
        4 => 192,
        _ => 256,
    }
}

impl Cipher {
    /// The pointer that C programs know this suite by; valid for ever.
    pub fn as_ptr(&'static self) -> *const SSL_CIPHER {
        std::ptr::from_ref(self).cast()
    }

    /// Whether the suite can be negotiated.
    pub fn is_supported(&self) -> bool {
        matches!(self.code_point, 0x1301..=0x1303 | 0xc02b | 0xc02c | 0xc02f | 0xc030 | 0xcca8 | 0xcca9)
    }

    /// A value that only signals something, such as `TLS_FALLBACK_SCSV`.
    pub fn is_signalling(&self) -> bool {
        self.min_version == version::NONE
    }

    /// Whether libcrypto has the digest of the handshake hash: those of GOST are an engine's.
    pub fn has_digest(&self) -> bool {
        !matches!(self.digest, digest::GOST94 | digest::GOST12_256)
    }

    /// Whether the suite belongs to TLS 1.3.
    pub fn is_tls13(&self) -> bool {
        self.min_version == version::TLS1_3
    }

    /// Bits of the encryption key.
    pub fn bits(&self) -> c_int {
        match self.enc {
            enc::NONE | enc::NULL => 0,
            enc::IDEA
            | enc::SEED
            | enc::AES128
            | enc::AES128_GCM
            | enc::AES128_CCM
            | enc::AES128_CCM8
            | enc::CAMELLIA128
            | enc::ARIA128_GCM => 128,
            _ => 256,
        }
    }

    /// The NID of the key exchange.
    pub fn kx_nid(&self) -> c_int {
        method(KX, self.kx).1
    }

    /// The NID of the authentication.
    pub fn auth_nid(&self) -> c_int {
        method(AUTH, self.auth).1
    }

    /// The NID of the encryption.
    pub fn enc_nid(&self) -> c_int {
        method(ENC, self.enc).1
    }

    /// The NID of the message authentication, 0 for AEAD.
    pub fn mac_nid(&self) -> c_int {
        method(MAC, self.mac).1
    }

    /// The lowest protocol version, in words.
    pub fn version(&self) -> &'static CStr {
        match self.min_version {
            version::SSL3 => c"SSLv3",
            version::TLS1_0 => c"TLSv1.0",
            version::TLS1_2 => c"TLSv1.2",
            version::TLS1_3 => c"TLSv1.3",
            _ => c"unknown",
        }
    }

    /// The line of `openssl ciphers -v`.
    pub fn description(&self) -> String {
        format!(
            "{:<30} {:<7} Kx={:<8} Au={:<5} Enc={:<22} Mac={:<4}\n",
            self.name.to_string_lossy(),
            // Here, unlike in `version`, TLS 1.0 goes by its usual name.
            if self.min_version == version::TLS1_0 { "TLSv1".into() } else { self.version().to_string_lossy() },
            method(KX, self.kx).2,
            method(AUTH, self.auth).2,
            method(ENC, self.enc).2,
            method(MAC, self.mac).2,
        )
    }
}

/// A `STACK_OF(SSL_CIPHER)` that C borrows: it stays the same one until another
/// list is asked for.
#[derive(Default)]
pub struct CipherStack(Mutex<Option<(Box<[u16]>, StaticStack)>>);

impl CipherStack {
    /// The stack of these suites; NULL when memory runs out.
    pub fn get(&self, code_points: &[u16]) -> *mut stack_st_SSL_CIPHER {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_none_or(|(list, _)| **list != *code_points) {
            *kept = new_stack(code_points).map(|stack| (code_points.into(), stack));
        }
        kept.as_ref().map_or(std::ptr::null_mut(), |(_, stack)| stack.as_ptr().cast())
    }
}

/// A stack of these suites.
pub fn new_stack(code_points: &[u16]) -> Option<StaticStack> {
    StaticStack::new(code_points.iter().filter_map(|&code_point| by_code_point(code_point)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_one_suite() {
        let cipher = by_code_point(0xc02f).unwrap();
        assert_eq!(cipher.name, c"ECDHE-RSA-AES128-GCM-SHA256");
        assert_eq!((cipher.kx_nid(), cipher.auth_nid(), cipher.enc_nid(), cipher.mac_nid()), (1038, 1046, 895, 0));
        assert_eq!(
            cipher.description(),
            "ECDHE-RSA-AES128-GCM-SHA256    TLSv1.2 Kx=ECDH     Au=RSA   Enc=AESGCM(128)            Mac=AEAD\n"
        );
    }

    #[test]
    fn code_points_are_unique() {
        for cipher in all() {
            assert!(std::ptr::eq(by_code_point(cipher.code_point).unwrap(), cipher));
        }
        assert_eq!(all().filter(|cipher| cipher.is_supported()).count(), 9);
    }
}
