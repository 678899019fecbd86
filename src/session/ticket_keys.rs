//! The keys of an `SSL_CTX`'s tickets: AES-256-CBC and HMAC-SHA256, as OpenSSL uses them.

use std::sync::{Arc, PoisonError};

use crate::engine;
use crate::libcrypto::cipher::{self, CipherContext};
use crate::libcrypto::library::Library;
use crate::secret::{Secret, wiped_to};
use crate::sync::{OnceLock, RwLock};
use aws_lc_rs::cipher::{
    AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::hmac;

/// The length of a key's name.
pub const NAME_LEN: usize = 16;
const IV_LEN: usize = 16;
const MAC_LEN: usize = 32;

/// The keys that a context has, and where it gets its algorithms.
pub struct Keys {
    set: RwLock<Arc<KeySet>>,
    library: Library,
}

impl Keys {
    /// The length of the keys.
    pub const LEN: usize = NAME_LEN + 32 + 32;

    /// Random keys; `None` when there are no random bytes.
    pub fn random(library: &Library) -> Option<Self> {
        let mut keys = Secret::zeroed(Self::LEN);
        let done = cipher::random(&mut keys, library);
        done.then(|| Self { set: RwLock::new(KeySet::new(keys)), library: library.clone() })
    }

    /// A copy of the keys.
    pub fn get(&self) -> Secret {
        self.in_use().keys.clone()
    }

    /// Replaces the keys.
    pub fn set(&self, keys: &[u8; Self::LEN]) {
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = KeySet::new(Secret::copy_of(keys));
    }

    fn in_use(&self) -> Arc<KeySet> {
        self.set.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A ticket of `plain`; `None` when it can't be made.
    pub fn seal(&self, plain: &Secret) -> Option<Vec<u8>> {
        let keys = self.in_use();
        let mut iv = [0; IV_LEN];
        let library = &self.library;
        let encrypted = if library.is_default() {
            let mut body = Secret::with_capacity(plain.len() + AES_256.block_len());
            body.extend_from_slice(plain);
            engine::fill_random(&mut iv).then_some(())?;
            keys.ciphers()?.encrypt.less_safe_encrypt(&mut body, EncryptionContext::Iv128(iv.into())).ok()?;
            body
        } else {
            cipher::random(&mut iv, library).then_some(())?;
            Secret::of_whole(CipherContext::encrypt_aes_256_cbc(keys.aes(), &iv, library)?.encrypt(plain)?)
        };
        let mut ticket = Vec::with_capacity(NAME_LEN + IV_LEN + encrypted.len() + MAC_LEN);
        for part in [keys.name(), &iv, &encrypted] {
            ticket.extend_from_slice(part);
        }
        let mac = keys.mac(&ticket, library)?;
        ticket.extend_from_slice(&mac);
        Some(ticket)
    }

    /// What a ticket was made of. The outer `None` is an error, the inner one a
    /// ticket of other keys.
    pub fn open(&self, ticket: &[u8]) -> Option<Option<Secret>> {
        const HEAD: usize = NAME_LEN + IV_LEN;
        let (keys, library) = (self.in_use(), &self.library);
        if ticket.len() <= HEAD + MAC_LEN || ticket[..NAME_LEN] != *keys.name() {
            return Some(None);
        }
        let (sealed, mac) = ticket.split_at(ticket.len() - MAC_LEN);
        if !cipher::equal(&keys.mac(sealed, library)?, mac) {
            return Some(None);
        }
        let iv: [u8; IV_LEN] = sealed[NAME_LEN..HEAD].try_into().ok()?;
        if !library.is_default() {
            let context = CipherContext::decrypt_aes_256_cbc(keys.aes(), &iv, library)?;
            return Some(context.decrypt(&sealed[HEAD..]));
        }
        let mut plain = Secret::copy_of(&sealed[HEAD..]);
        let opened = keys.ciphers()?.decrypt.decrypt(&mut plain, DecryptionContext::Iv128(iv.into()));
        let len = opened.ok().map(|opened| opened.len());
        Some(len.map(|len| {
            plain.truncate(len);
            plain
        }))
    }
}

struct KeySet {
    /// Name, HMAC key, AES key.
    keys: Secret,
    /// Of aws-lc, set up at first use: to set up libcrypto's for each ticket costs more than
    /// the ticket. An `SSL_CTX` with a library context of its own goes there all the same.
    ciphers: OnceLock<Option<Ciphers>>,
}

struct Ciphers {
    mac: hmac::Key,
    encrypt: PaddedBlockEncryptingKey,
    decrypt: PaddedBlockDecryptingKey,
}

impl Ciphers {
    fn new(mac: &[u8; 32], aes: &[u8; 32]) -> Option<Self> {
        let key = || UnboundCipherKey::new(&AES_256, aes);
        Some(Self {
            mac: hmac::Key::new(hmac::HMAC_SHA256, mac),
            encrypt: PaddedBlockEncryptingKey::cbc_pkcs7(key().ok()?).ok()?,
            decrypt: PaddedBlockDecryptingKey::cbc_pkcs7(key().ok()?).ok()?,
        })
    }
}

impl KeySet {
    fn new(keys: Secret) -> Arc<Self> {
        Arc::new(Self { keys, ciphers: OnceLock::new() })
    }

    fn name(&self) -> &[u8] {
        &self.keys[..NAME_LEN]
    }

    fn hmac(&self) -> &[u8; 32] {
        self.part(NAME_LEN)
    }

    fn aes(&self) -> &[u8; 32] {
        self.part(NAME_LEN + 32)
    }

    fn part(&self, start: usize) -> &[u8; 32] {
        self.keys[start..].first_chunk().unwrap_or(&[0; 32])
    }

    fn ciphers(&self) -> Option<&Ciphers> {
        if let Some(known) = self.ciphers.get() {
            return known.as_ref();
        }
        // aws-lc-rs passes its keys on by value.
        wiped_to::<8192, _>(|| self.ciphers.get_or_init(|| Ciphers::new(self.hmac(), self.aes())).as_ref())
    }

    fn mac(&self, data: &[u8], library: &Library) -> Option<[u8; MAC_LEN]> {
        if library.is_default() {
            return hmac::sign(&self.ciphers()?.mac, data).as_ref().try_into().ok();
        }
        cipher::hmac_sha256(self.hmac(), data, library)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the default library context and of one with a query.
    fn libraries() -> [Library; 2] {
        [Library::default(), Library::queried(c"provider=default")]
    }

    #[test]
    fn what_one_key_seals_it_opens_by_either_library() {
        let [one, other] = libraries().map(|library| Keys::random(&library).unwrap());
        other.set(one.get().first_chunk().unwrap());
        for len in [1, 15, 16, 17, 1000] {
            let plain = Secret::copy_of(&vec![7; len]);
            for (sealer, opener) in [(&one, &one), (&one, &other), (&other, &one), (&other, &other)] {
                let ticket = sealer.seal(&plain).unwrap();
                assert_eq!(ticket.len(), 16 + 16 + (len / 16 + 1) * 16 + 32);
                assert_eq!(ticket[..16], sealer.get()[..16]);
                assert_eq!(*opener.open(&ticket).unwrap().unwrap(), plain[..]);
            }
        }
    }

    #[test]
    fn what_was_changed_stays_shut() {
        for library in libraries() {
            let keys = Keys::random(&library).unwrap();
            let ticket = keys.seal(&Secret::copy_of(b"a session")).unwrap();
            for at in 0..ticket.len() {
                let mut changed = ticket.clone();
                changed[at] ^= 1;
                assert!(keys.open(&changed).unwrap().is_none());
                assert!(keys.open(&ticket[..at]).unwrap().is_none());
            }
            assert!(Keys::random(&library).unwrap().open(&ticket).unwrap().is_none());
        }
    }
}
