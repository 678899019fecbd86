//! Private keys as DER, without what libcrypto's encoders leave of them in freed memory.

use std::ffi::CStr;

use libc::{c_char, c_int, c_uint, c_void};

use super::err;
use super::evp::{EvpPkey, KeyKind};
use super::sys::EVP_PKEY;
use crate::boundary::reentrant;
use crate::secret::Secret;

/// `OSSL_PARAM`
#[repr(C)]
struct Param {
    key: *const c_char,
    data_type: c_uint,
    data: *mut u8,
    data_size: usize,
    return_size: usize,
}

const OSSL_PARAM_UNSIGNED_INTEGER: c_uint = 2;

unsafe extern "C" {
    fn EVP_PKEY_get0_provider(key: *const EVP_PKEY) -> *const c_void;
    fn OSSL_PROVIDER_get0_name(provider: *const c_void) -> *const c_char;
}

reentrant! {
    fn EVP_PKEY_get_params(key: *const EVP_PKEY, params: *mut Param) -> c_int;
    fn EVP_PKEY_get_raw_private_key(key: *const EVP_PKEY, out: *mut u8, len: *mut usize) -> c_int;
    fn EVP_PKEY_get_size(key: *const EVP_PKEY) -> c_int;
}

/// A private key in DER.
pub enum PrivateKey {
    /// `RSAPrivateKey` (RFC 8017)
    Rsa(Secret),
    /// `PrivateKeyInfo` (RFC 5208)
    Pkcs8(Secret),
}

impl EvpPkey {
    /// The private key; `None` when its owner (an engine, a provider, a smart card) keeps it, and
    /// for one of a kind or curve that is of no use outside libcrypto. Leaves nothing on the error
    /// queue.
    pub fn export(&self) -> Option<PrivateKey> {
        if !self.is_of_openssl() {
            return None;
        }
        err::set_mark();
        let key = match self.kind() {
            Some(KeyKind::Rsa) => self.rsa().map(PrivateKey::Rsa),
            Some(KeyKind::Ec) => self.ec().map(PrivateKey::Pkcs8),
            Some(KeyKind::Ed25519) => self.ed25519().map(PrivateKey::Pkcs8),
            _ => None,
        };
        err::pop_to_mark();
        key
    }

    /// Whether it is OpenSSL's own providers that have it, or none at all. Another's may have
    /// reasons to do its operations, even if the key could be had.
    fn is_of_openssl(&self) -> bool {
        // SAFETY: alive; a provider's name lives as long as it.
        let name = unsafe {
            let provider = EVP_PKEY_get0_provider(self.as_ptr());
            if provider.is_null() {
                return true;
            }
            CStr::from_ptr(OSSL_PROVIDER_get0_name(provider))
        };
        name == c"default" || name == c"fips"
    }

    /// A number of the key, of at most `most` bytes: big-endian, of `most` bytes.
    fn number(&self, name: &CStr, most: usize) -> Option<Secret> {
        let mut bytes = Secret::zeroed(most);
        let number = |key, data, data_size| Param {
            key,
            data_type: OSSL_PARAM_UNSIGNED_INTEGER,
            data,
            data_size,
            return_size: usize::MAX,
        };
        let end = Param { data_type: 0, ..number(std::ptr::null(), std::ptr::null_mut(), 0) };
        let mut params = [number(name.as_ptr(), bytes.as_mut_ptr(), most), end];
        // SAFETY: alive; the list ends as such a list does, and there is the room that it says.
        let got = unsafe { EVP_PKEY_get_params(self.as_ptr(), params.as_mut_ptr()) } > 0;
        if !got || params[0].return_size > most {
            return None;
        }
        if cfg!(target_endian = "little") {
            bytes.reverse();
        }
        Some(bytes)
    }

    /// Of two primes, as nearly all are; what is left of others is no key.
    fn rsa(&self) -> Option<Secret> {
        const NUMBERS: [&CStr; 8] =
            [c"n", c"e", c"d", c"rsa-factor1", c"rsa-factor2", c"rsa-exponent1", c"rsa-exponent2", c"rsa-coefficient1"];
        // SAFETY: alive. It is the length of the modulus, which no number exceeds.
        let most = usize::try_from(unsafe { EVP_PKEY_get_size(self.as_ptr()) }).ok()?;
        let mut content = Secret::with_capacity(3 + NUMBERS.len() * (most + 6));
        put(&mut content, INTEGER, &[&[0]]);
        for name in NUMBERS {
            let number = self.number(name, most)?;
            let zeros = number.iter().take_while(|&&byte| byte == 0).count();
            let digits = &number[zeros..];
            // Its first bit is the sign.
            let sign: &[u8] = if digits.first().is_none_or(|&first| first > 0x7f) { &[0] } else { &[] };
            put(&mut content, INTEGER, &[sign, digits]);
        }
        let mut der = Secret::with_capacity(content.len() + 6);
        put(&mut der, SEQUENCE, &[&content]);
        Some(der)
    }

    fn ec(&self) -> Option<Secret> {
        // PrivateKeyInfo and the ECPrivateKey in it, up to the number.
        let (head, len): (&[u8], usize) = match self.group_name()?.as_str() {
            "prime256v1" => (
                b"\x30\x41\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x04\x27\x30\x25\x02\x01\x01\x04\x20",
                32,
            ),
            "secp384r1" => (
                b"\x30\x4e\x02\x01\x00\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x04\x37\x30\x35\x02\x01\x01\x04\x30",
                48,
            ),
            "secp521r1" => (
                b"\x30\x60\x02\x01\x00\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\x04\x49\x30\x47\x02\x01\x01\x04\x42",
                66,
            ),
            _ => return None,
        };
        Some(joined(head, &self.number(c"priv", len)?))
    }

    fn ed25519(&self) -> Option<Secret> {
        let (mut key, mut len) = (Secret::zeroed(32), 32);
        // SAFETY: alive; there is the room that it is told of.
        let got = unsafe { EVP_PKEY_get_raw_private_key(self.as_ptr(), key.as_mut_ptr(), &mut len) };
        const HEAD: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
        (got > 0 && len == key.len()).then(|| joined(HEAD, &key))
    }
}

fn joined(head: &[u8], key: &[u8]) -> Secret {
    let mut der = Secret::with_capacity(head.len() + key.len());
    der.extend_from_slice(head);
    der.extend_from_slice(key);
    der
}

const INTEGER: u8 = 2;
const SEQUENCE: u8 = 0x30;

/// Appends a value whose content is `parts`.
fn put(out: &mut Secret, tag: u8, parts: &[&[u8]]) {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    out.push(tag);
    match len {
        0..=0x7f => out.push(len as u8),
        0x80..=0xff => out.extend_from_slice(&[0x81, len as u8]),
        _ => out.extend_from_slice(&[0x82, (len >> 8) as u8, len as u8]),
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

#[cfg(test)]
#[allow(missing_docs)]
pub mod tests {
    use super::*;

    unsafe extern "C" {
        fn EVP_PKEY_Q_keygen(
            library: *const c_char,
            properties: *const c_char,
            kind: *const c_char,
            ...
        ) -> *mut EVP_PKEY;
    }

    /// A new key: of a curve, or of so many bits.
    pub fn generate(kind: &CStr, of: &CStr) -> EvpPkey {
        let bits: usize = of.to_str().unwrap().parse().unwrap_or(0);
        let none = std::ptr::null();
        // SAFETY: RSA wants a length, EC a name, the others nothing; the key is ours.
        unsafe {
            let key = match bits {
                0 => EVP_PKEY_Q_keygen(none, none, kind.as_ptr(), of.as_ptr()),
                bits => EVP_PKEY_Q_keygen(none, none, kind.as_ptr(), bits),
            };
            EvpPkey::from_ptr(key).unwrap()
        }
    }
}
