//! Records under a connection's keys, which the key log tells: AES-128-GCM of both versions.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};

use crate::c::*;
use crate::{Role, callbacks};

/// The suites that [`Forger`] knows.
pub const SUITE_1_3: &std::ffi::CStr = c"TLS_AES_128_GCM_SHA256";
/// The same of TLS 1.2.
pub const SUITE_1_2: &std::ffi::CStr = c"ECDHE-ECDSA-AES128-GCM-SHA256";

/// One direction of a connection.
pub struct Forger {
    secret: Option<Vec<u8>>,
    key: LessSafeKey,
    iv: Vec<u8>,
    sequence: u64,
}

struct Len(usize);

impl hkdf::KeyType for Len {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(secret: &[u8], label: &str, len: usize) -> Vec<u8> {
    let label = format!("tls13 {label}");
    let (size, label_size) = ((len as u16).to_be_bytes(), [label.len() as u8]);
    let info = [&size[..], &label_size, label.as_bytes(), &[0]];
    let mut out = vec![0; len];
    let secret = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, secret);
    secret.expand(&info, Len(len)).unwrap().fill(&mut out).unwrap();
    out
}

/// The PRF of TLS 1.2 with SHA-256.
fn prf(secret: &[u8], label_and_seed: &[u8], len: usize) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let mut a = hmac::sign(&key, label_and_seed);
    let mut out = Vec::new();
    while out.len() < len {
        out.extend_from_slice(hmac::sign(&key, &[a.as_ref(), label_and_seed].concat()).as_ref());
        a = hmac::sign(&key, a.as_ref());
    }
    out.truncate(len);
    out
}

fn aes(key: &[u8]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key).unwrap())
}

impl Forger {
    /// Under a secret of TLS 1.3, by its label in the key log.
    pub fn tls13(label: &str) -> Option<Self> {
        Some(Self::from_secret(callbacks::secret(label).filter(|secret| secret.len() == 32)?))
    }

    fn from_secret(secret: Vec<u8>) -> Self {
        let (key, iv) = (aes(&expand(&secret, "key", 16)), expand(&secret, "iv", 12));
        Self { secret: Some(secret), key, iv, sequence: 0 }
    }

    /// What this end of a TLS 1.2 connection sends after its Finished.
    pub fn tls12(ssl: *mut SSL, sender: Role) -> Option<Self> {
        let master = callbacks::secret("CLIENT_RANDOM")?;
        let mut seed = b"key expansion".to_vec();
        let mut random = [0u8; 32];
        // SAFETY: the connection is alive, and the buffer has 32 bytes.
        unsafe {
            SSL_get_server_random(ssl, random.as_mut_ptr(), 32);
            seed.extend_from_slice(&random);
            SSL_get_client_random(ssl, random.as_mut_ptr(), 32);
            seed.extend_from_slice(&random);
        }
        let block = prf(&master, &seed, 40);
        let (key, iv) = match sender {
            Role::Client => (&block[..16], &block[32..36]),
            Role::Server => (&block[16..32], &block[36..]),
        };
        Some(Self { secret: None, key: aes(key), iv: iv.to_vec(), sequence: 1 })
    }

    /// A record with this content.
    pub fn record(&mut self, kind: u8, content: &[u8]) -> Vec<u8> {
        let sequence = self.sequence.to_be_bytes();
        self.sequence += 1;
        match self.secret {
            Some(_) => self.record13(kind, content, sequence),
            None => self.record12(kind, content, sequence),
        }
    }

    fn record13(&self, kind: u8, content: &[u8], sequence: [u8; 8]) -> Vec<u8> {
        let mut nonce: [u8; 12] = self.iv[..].try_into().unwrap();
        nonce[4..].iter_mut().zip(sequence).for_each(|(n, s)| *n ^= s);
        let mut sealed = content.to_vec();
        sealed.push(kind);
        let len = ((sealed.len() + 16) as u16).to_be_bytes();
        let head = [23, 3, 3, len[0], len[1]];
        self.key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(head), &mut sealed).unwrap();
        [&head[..], &sealed].concat()
    }

    fn record12(&self, kind: u8, content: &[u8], sequence: [u8; 8]) -> Vec<u8> {
        let nonce: [u8; 12] = [&self.iv[..], &sequence].concat()[..].try_into().unwrap();
        let len = (content.len() as u16).to_be_bytes();
        let aad = [&sequence[..], &[kind, 3, 3], &len].concat();
        let mut sealed = content.to_vec();
        self.key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut sealed).unwrap();
        let len = ((sealed.len() + 8) as u16).to_be_bytes();
        [&[kind, 3, 3, len[0], len[1]][..], &sequence, &sealed].concat()
    }

    /// A KeyUpdate, after which the next keys are in use. TLS 1.2 has none.
    pub fn key_update(&mut self, request: u8) -> Vec<u8> {
        let record = self.record(22, &[24, 0, 0, 1, request]);
        if let Some(secret) = &self.secret {
            *self = Self::from_secret(expand(secret, "traffic upd", 32));
        }
        record
    }
}
