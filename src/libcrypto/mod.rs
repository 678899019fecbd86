//! Safe, owned wrappers of libcrypto's objects, and its error queue.

pub mod async_wait;
pub mod bio;
pub mod chacha;
pub mod cipher;
pub mod ct;
pub mod dane;
pub mod engine;
pub mod err;
pub mod evp;
pub mod ex_data;
pub mod export;
pub mod given;
pub mod init;
pub mod lhash;
pub mod library;
pub mod ocsp;
pub mod peer;
pub mod pem;
pub mod print;
pub mod session_asn1;
pub mod stack;
pub mod static_stack;
pub mod store;
pub mod sys;
pub mod tmp_key;
pub mod x509;

unsafe extern "C" {
    fn OPENSSL_cleanse(data: *mut libc::c_void, len: usize);
}

/// Overwrites `bytes`, also where nobody looks at them any more.
pub fn cleanse(bytes: &mut [u8]) {
    // SAFETY: writable for its length.
    unsafe { OPENSSL_cleanse(bytes.as_mut_ptr().cast(), bytes.len()) }
}
