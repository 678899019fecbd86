//! ChaCha20-Poly1305 of libcrypto: for long records on processors with AVX-512, which its
//! code uses and aws-lc's does not.

use std::ptr::NonNull;

use crate::secret::Block;
use libc::{c_int, c_uchar, c_void};

use super::err;
use super::sys::{ENGINE, EVP_CIPHER, EVP_CIPHER_CTX};
use crate::sync::Mutex;

unsafe extern "C" {
    fn EVP_chacha20_poly1305() -> *const EVP_CIPHER;
    fn EVP_CIPHER_CTX_new() -> *mut EVP_CIPHER_CTX;
    fn EVP_CIPHER_CTX_free(ctx: *mut EVP_CIPHER_CTX);
    fn EVP_CIPHER_CTX_ctrl(ctx: *mut EVP_CIPHER_CTX, kind: c_int, arg: c_int, ptr: *mut c_void) -> c_int;
    fn EVP_CipherInit_ex(
        ctx: *mut EVP_CIPHER_CTX,
        cipher: *const EVP_CIPHER,
        engine: *mut ENGINE,
        key: *const c_uchar,
        iv: *const c_uchar,
        enc: c_int,
    ) -> c_int;
    fn EVP_CipherUpdate(
        ctx: *mut EVP_CIPHER_CTX,
        out: *mut c_uchar,
        out_len: *mut c_int,
        data: *const c_uchar,
        len: c_int,
    ) -> c_int;
    fn EVP_CipherFinal_ex(ctx: *mut EVP_CIPHER_CTX, out: *mut c_uchar, out_len: *mut c_int) -> c_int;
}

const EVP_CTRL_AEAD_GET_TAG: c_int = 0x10;
const EVP_CTRL_AEAD_SET_TAG: c_int = 0x11;
/// `EVP_CipherInit_ex`'s way to leave the direction as it is.
const SAME_DIRECTION: c_int = -1;
const TAG: usize = 16;

/// Whether libcrypto is the faster one here.
pub fn is_faster() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// A key of one direction.
pub struct ChaCha20Poly1305 {
    key: Block<32>,
    direction: c_int,
    /// Made when it is first needed.
    context: Mutex<Option<Context>>,
}

impl ChaCha20Poly1305 {
    /// One that seals, or one that opens.
    pub fn new(key: &[u8; 32], seals: bool) -> Self {
        let mut kept = Block::zeroed();
        *kept = *key;
        Self { key: kept, direction: seals.into(), context: Mutex::new(None) }
    }

    /// Seals `content`, and behind it `extra`: into `text`, which is as long as `content`,
    /// and `rest`, which has room for `extra` and the tag. False when it can't.
    pub fn seal(
        &self,
        nonce: &[u8; 12],
        associated: &[u8],
        content: &[u8],
        extra: &[u8],
        text: &mut [u8],
        rest: &mut [u8],
    ) -> bool {
        if text.len() != content.len() || rest.len() != extra.len() + TAG {
            return false;
        }
        let (extra_text, tag) = rest.split_at_mut(extra.len());
        self.with_context(|context| {
            context.begin(nonce, associated)
                && context.update(content.as_ptr(), text)
                && context.update(extra.as_ptr(), extra_text)
                && context.finish()
                && context.control(EVP_CTRL_AEAD_GET_TAG, tag)
        })
    }

    /// Opens `text` in its place; `None` when it can't, false when the text is forged and
    /// therefore gone.
    pub fn open(&self, nonce: &[u8; 12], associated: &[u8], text: &mut [u8], tag: &mut [u8]) -> Option<bool> {
        if tag.len() != TAG || !self.with_context(|context| context.begin(nonce, associated)) {
            return None;
        }
        err::set_mark();
        let opened = self.with_context(|context| {
            let from = text.as_ptr();
            context.control(EVP_CTRL_AEAD_SET_TAG, tag) && context.update(from, text) && context.finish()
        });
        err::pop_to_mark();
        if !opened {
            text.fill(0);
        }
        Some(opened)
    }

    fn with_context(&self, work: impl FnOnce(&mut Context) -> bool) -> bool {
        let Ok(mut context) = self.context.lock() else { return false };
        if context.is_none() {
            *context = Context::new(&self.key, self.direction);
        }
        context.as_mut().is_some_and(work)
    }
}

struct Context(NonNull<EVP_CIPHER_CTX>);

// SAFETY: a context may be used on any thread, by one at a time.
unsafe impl Send for Context {}

impl Context {
    fn new(key: &[u8; 32], direction: c_int) -> Option<Self> {
        // SAFETY: the context is ours; the cipher is static, its key 32 bytes long, and there
        // is no nonce yet.
        unsafe {
            let this = Self(NonNull::new(EVP_CIPHER_CTX_new())?);
            let (engine, nonce) = (std::ptr::null_mut(), std::ptr::null());
            err::set_mark();
            let done =
                EVP_CipherInit_ex(this.0.as_ptr(), EVP_chacha20_poly1305(), engine, key.as_ptr(), nonce, direction);
            err::pop_to_mark();
            (done > 0).then_some(this)
        }
    }

    fn begin(&mut self, nonce: &[u8; 12], associated: &[u8]) -> bool {
        let (cipher, engine, key) = (std::ptr::null(), std::ptr::null_mut(), std::ptr::null());
        let mut len = 0;
        // SAFETY: the cipher's nonce has 12 bytes; without output the data is associated,
        // and readable for its length.
        unsafe {
            EVP_CipherInit_ex(self.0.as_ptr(), cipher, engine, key, nonce.as_ptr(), SAME_DIRECTION) > 0
                && EVP_CipherUpdate(
                    self.0.as_ptr(),
                    std::ptr::null_mut(),
                    &mut len,
                    associated.as_ptr(),
                    associated.len() as c_int,
                ) > 0
        }
    }

    /// Works on as many bytes from `from` on as `to` has; both may be the same.
    fn update(&mut self, from: *const c_uchar, to: &mut [u8]) -> bool {
        let Ok(len) = c_int::try_from(to.len()) else { return false };
        let mut done = 0;
        // SAFETY: the callers' slices are readable and writable for this length, and either
        // the same or apart. A stream cipher gives as many bytes as it gets.
        len == 0
            || unsafe { EVP_CipherUpdate(self.0.as_ptr(), to.as_mut_ptr(), &mut done, from, len) > 0 && done == len }
    }

    fn finish(&mut self) -> bool {
        let mut len = 0;
        let mut nothing = [0; TAG];
        // SAFETY: a stream cipher has nothing left to give.
        unsafe { EVP_CipherFinal_ex(self.0.as_ptr(), nothing.as_mut_ptr(), &mut len) > 0 && len == 0 }
    }

    fn control(&mut self, kind: c_int, tag: &mut [u8]) -> bool {
        // SAFETY: `tag` is readable and writable for its length.
        unsafe { EVP_CIPHER_CTX_ctrl(self.0.as_ptr(), kind, tag.len() as c_int, tag.as_mut_ptr().cast()) > 0 }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { EVP_CIPHER_CTX_free(self.0.as_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_what_it_sealed_and_nothing_else() {
        let (key, nonce, content) = ([7; 32], [8; 12], [9; 5000]);
        let (sealing, opening) = (ChaCha20Poly1305::new(&key, true), ChaCha20Poly1305::new(&key, false));
        for extra in [&b""[..], b"x"] {
            let (mut text, mut rest) = ([0; 5000], vec![0; extra.len() + TAG]);
            assert!(sealing.seal(&nonce, b"header", &content, extra, &mut text, &mut rest));
            let tag = rest.split_off(extra.len());
            let mut all = [&text[..], &rest].concat();
            let mut spoilt = all.clone();
            spoilt[1] ^= 1;
            assert_eq!(opening.open(&nonce, b"header", &mut spoilt, &mut tag.clone()), Some(false));
            assert!(spoilt.iter().all(|&byte| byte == 0));
            assert_eq!(opening.open(&nonce, b"other", &mut all.clone(), &mut tag.clone()), Some(false));
            assert_eq!(opening.open(&nonce, b"header", &mut all, &mut tag.clone()), Some(true));
            assert_eq!(all, [&content[..], extra].concat());
        }
        assert!(!sealing.seal(&nonce, b"", &content, b"", &mut [0; 4999], &mut [0; TAG]));
    }
}
