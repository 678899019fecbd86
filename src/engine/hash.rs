//! Hashes and what the key schedules make of them: HMAC, HKDF (RFC 5869) and the PRF of
//! TLS 1.2 (RFC 5246, 5).
//!
//! A handshake is some fifty short HMACs. RustCrypto's take half the time of aws-lc's, which
//! allocates a context and sets the key up anew for each; the blocks themselves go through
//! the same instructions of the processor.

use std::marker::PhantomData;

use hmac::digest::typenum::Unsigned;
use hmac::digest::{FixedOutput, OutputSizeUser};
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use rustls::Error;
use rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use rustls::crypto::tls12::Prf;
use rustls::crypto::tls13::{Hkdf, HkdfExpander, OkmBlock, OutputLengthError};
use rustls::crypto::{ActiveKeyExchange, hmac as rustls_hmac};
use rustls::version::TLS12;
use sha2::{Digest, Sha256, Sha384};

use crate::secret::{Block, wiped};

/// What the suites of one hash function are built of.
pub struct Family {
    /// The hash of the transcript.
    pub hash: &'static dyn Hash,
    /// The key schedule of TLS 1.3.
    pub hkdf: &'static dyn Hkdf,
    /// The part of it that expands a secret.
    pub expander: fn(&[u8]) -> Box<dyn HkdfExpander>,
    /// The key derivation of TLS 1.2.
    pub prf: &'static dyn Prf,
}

/// The family of a hash function; `None` for those that no suite here has.
pub fn family(algorithm: HashAlgorithm) -> Option<Family> {
    const SHA256: Of<Sha256> = Of(PhantomData);
    const SHA384: Of<Sha384> = Of(PhantomData);
    match algorithm {
        HashAlgorithm::SHA256 => {
            Some(Family { hash: &SHA256, hkdf: &SHA256, expander: expander::<Sha256>, prf: &SHA256 })
        }
        HashAlgorithm::SHA384 => {
            Some(Family { hash: &SHA384, hkdf: &SHA384, expander: expander::<Sha384>, prf: &SHA384 })
        }
        _ => None,
    }
}

/// SHA-256 of `data`.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

/// A hash function that TLS uses.
trait Function: EagerHash<Core: Send + Sync> + Digest + Clone + Send + Sync + 'static {
    const ALGORITHM: HashAlgorithm;
    /// The length of its output, bytes.
    const LEN: usize = <Self as OutputSizeUser>::OutputSize::USIZE;
}

impl Function for Sha256 {
    const ALGORITHM: HashAlgorithm = HashAlgorithm::SHA256;
}

impl Function for Sha384 {
    const ALGORITHM: HashAlgorithm = HashAlgorithm::SHA384;
}

/// No output here is longer.
const MAX_LEN: usize = 48;

struct Of<D>(PhantomData<D>);

struct Transcript<D>(D);

impl<D: Function> Hash for Of<D> {
    fn start(&self) -> Box<dyn Context> {
        Box::new(Transcript(D::new()))
    }

    fn hash(&self, data: &[u8]) -> Output {
        Output::new(&D::digest(data))
    }

    fn output_len(&self) -> usize {
        D::LEN
    }

    fn algorithm(&self) -> HashAlgorithm {
        D::ALGORITHM
    }
}

impl<D: Function> Context for Transcript<D> {
    fn fork_finish(&self) -> Output {
        Output::new(&self.0.clone().finalize())
    }

    fn fork(&self) -> Box<dyn Context> {
        Box::new(Self(self.0.clone()))
    }

    fn finish(self: Box<Self>) -> Output {
        Output::new(&self.0.finalize())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}

/// An HMAC key, set up once.
struct Key<D: Function>(Hmac<D>);

impl<D: Function> Key<D> {
    fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length")))
    }

    /// The code of `parts`, one behind the other.
    fn sign(&self, parts: &[&[u8]]) -> Block<MAX_LEN> {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        let mut code = Block::zeroed();
        finish(mac, &mut code);
        code
    }
}

/// Puts the code into `out`, and nowhere else.
fn finish<D: Function>(mac: Hmac<D>, out: &mut [u8; MAX_LEN]) {
    if let Ok(out) = (&mut out[..D::LEN]).try_into() {
        mac.finalize_into(out);
    }
}

fn expander<D: Function>(secret: &[u8]) -> Box<dyn HkdfExpander> {
    Box::new(Key::<D>::new(secret))
}

impl<D: Function> Hkdf for Of<D> {
    fn extract_from_zero_ikm(&self, salt: Option<&[u8]>) -> Box<dyn HkdfExpander> {
        self.extract_from_secret(salt, &[0; MAX_LEN][..D::LEN])
    }

    fn extract_from_secret(&self, salt: Option<&[u8]>, secret: &[u8]) -> Box<dyn HkdfExpander> {
        let key = Key::<D>::new(salt.unwrap_or(&[0; MAX_LEN][..D::LEN]));
        let code = wiped(|| key.sign(&[secret]));
        expander::<D>(&code[..D::LEN])
    }

    fn expander_for_okm(&self, okm: &OkmBlock) -> Box<dyn HkdfExpander> {
        expander::<D>(okm.as_ref())
    }

    fn hmac_sign(&self, key: &OkmBlock, message: &[u8]) -> rustls_hmac::Tag {
        rustls_hmac::Tag::new(&Key::<D>::new(key.as_ref()).sign(&[message])[..D::LEN])
    }
}

impl<D: Function> HkdfExpander for Key<D> {
    fn expand_slice(&self, info: &[&[u8]], output: &mut [u8]) -> Result<(), OutputLengthError> {
        let mut previous: Option<Block<MAX_LEN>> = None;
        let mut counter = 0u8;
        for chunk in output.chunks_mut(D::LEN) {
            counter = counter.checked_add(1).ok_or(OutputLengthError)?;
            let mut mac = self.0.clone();
            if let Some(previous) = &previous {
                mac.update(&previous[..D::LEN]);
            }
            for part in info {
                mac.update(part);
            }
            mac.update(&[counter]);
            let mut block = Block::zeroed();
            finish(mac, &mut block);
            chunk.copy_from_slice(&block[..chunk.len()]);
            previous = Some(block);
        }
        Ok(())
    }

    fn expand_block(&self, info: &[&[u8]]) -> OkmBlock {
        let mut block = Block::<MAX_LEN>::zeroed();
        let block = &mut block[..D::LEN];
        // Never too long: it is one block.
        let _ = self.expand_slice(info, block);
        OkmBlock::new(block)
    }

    fn hash_len(&self) -> usize {
        D::LEN
    }
}

impl<D: Function> Prf for Of<D> {
    fn for_key_exchange(
        &self,
        output: &mut [u8; 48],
        kx: Box<dyn ActiveKeyExchange>,
        peer_pub_key: &[u8],
        label: &[u8],
        seed: &[u8],
    ) -> Result<(), Error> {
        let secret = kx.complete_for_tls_version(peer_pub_key, &TLS12)?;
        self.for_secret(output, secret.secret_bytes(), label, seed);
        Ok(())
    }

    fn for_secret(&self, output: &mut [u8], secret: &[u8], label: &[u8], seed: &[u8]) {
        let key = Key::<D>::new(secret);
        let mut a = key.sign(&[label, seed]);
        let blocks = output.len().div_ceil(D::LEN);
        for (index, chunk) in output.chunks_mut(D::LEN).enumerate() {
            chunk.copy_from_slice(&key.sign(&[&a[..D::LEN], label, seed])[..chunk.len()]);
            if index + 1 < blocks {
                a = key.sign(&[&a[..D::LEN]]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rustls::SupportedCipherSuite;
    use rustls::crypto::aws_lc_rs::ALL_CIPHER_SUITES;

    use super::*;

    /// Bytes that look like any.
    fn sample(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at * 37 + len) as u8).collect()
    }

    #[test]
    fn everything_is_as_aws_lc_has_it() {
        for suite in ALL_CIPHER_SUITES {
            let common = match suite {
                SupportedCipherSuite::Tls13(suite) => &suite.common,
                SupportedCipherSuite::Tls12(suite) => &suite.common,
            };
            let (theirs, ours) = (common.hash_provider, family(common.hash_provider.algorithm()).unwrap());
            assert_eq!(ours.hash.output_len(), theirs.output_len());
            for len in [0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 1000] {
                let data = sample(len);
                assert_eq!(ours.hash.hash(&data).as_ref(), theirs.hash(&data).as_ref());
                let (mut one, mut other) = (ours.hash.start(), theirs.start());
                one.update(&data);
                other.update(&data);
                assert_eq!(one.fork_finish().as_ref(), other.fork_finish().as_ref());
                let mut fork = one.fork();
                fork.update(b"more");
                other.update(b"more");
                assert_eq!(fork.finish().as_ref(), other.finish().as_ref());
                match suite {
                    SupportedCipherSuite::Tls13(suite) => same_hkdf(ours.hkdf, suite.hkdf_provider, &data),
                    SupportedCipherSuite::Tls12(suite) => same_prf(ours.prf, suite.prf_provider, &data),
                }
            }
        }
    }

    fn same_hkdf(ours: &dyn Hkdf, theirs: &dyn Hkdf, data: &[u8]) {
        let info: [&[u8]; 2] = [data, b"info"];
        let salted = sample(20);
        for salt in [None, Some(&salted[..])] {
            let pairs = [
                (ours.extract_from_zero_ikm(salt), theirs.extract_from_zero_ikm(salt)),
                (ours.extract_from_secret(salt, data), theirs.extract_from_secret(salt, data)),
            ];
            for (one, other) in pairs {
                let block = other.expand_block(&info);
                assert_eq!(one.expand_block(&info).as_ref(), block.as_ref());
                assert_eq!(one.hash_len(), other.hash_len());
                let (one, other) = (ours.expander_for_okm(&block), theirs.expander_for_okm(&block));
                for len in [1, 12, 32, 48, 49, 200] {
                    let (mut a, mut b) = (vec![0; len], vec![0; len]);
                    one.expand_slice(&info, &mut a).unwrap();
                    other.expand_slice(&info, &mut b).unwrap();
                    assert_eq!(a, b);
                }
                assert!(one.expand_slice(&info, &mut vec![0; 255 * one.hash_len()]).is_ok());
                assert!(one.expand_slice(&info, &mut vec![0; 255 * one.hash_len() + 1]).is_err());
                assert_eq!(ours.hmac_sign(&block, data).as_ref(), theirs.hmac_sign(&block, data).as_ref());
            }
        }
    }

    fn same_prf(ours: &dyn Prf, theirs: &dyn Prf, data: &[u8]) {
        for len in [12, 32, 40, 48, 136] {
            let (mut a, mut b) = (vec![0; len], vec![0; len]);
            ours.for_secret(&mut a, &sample(48), b"label", &[data, b"seed"].concat());
            theirs.for_secret(&mut b, &sample(48), b"label", &[data, b"seed"].concat());
            assert_eq!(a, b);
        }
    }
}
