//! DANE (RFC 6698, 7671): what libcrypto's verification needs to match a chain
//! against TLSA records.
//!
//! `X509_verify_cert` does the matching itself, on an `SSL_DANE` that it is given
//! by `X509_STORE_CTX_set0_dane`. libssl makes that structure, and its layout is in
//! no public header: the two libraries are built together. It is the same in all
//! of OpenSSL 3.0, whose releases keep their ABI, so it may be relied on there; with
//! another libcrypto DANE is refused ([`is_supported`]). The C suite compares what
//! comes of it with the stock library.

use std::cell::{Cell, UnsafeCell};
use std::sync::Arc;

use libc::{c_int, c_long, c_uchar, c_uint, c_ulong};

use super::stack::X509Stack;
use super::sys::*;
use super::x509;
use crate::boundary::reentrant;

unsafe extern "C" {
    fn OPENSSL_version_major() -> c_uint;
    fn OPENSSL_version_minor() -> c_uint;
    fn OPENSSL_sk_insert(sk: *mut stack_st, data: *const libc::c_void, place: c_int) -> c_int;
    fn EVP_sha256() -> *const EVP_MD;
    fn EVP_sha512() -> *const EVP_MD;
    fn EVP_MD_get_size(md: *const EVP_MD) -> c_int;
}

reentrant! {
    fn d2i_X509(x: *mut *mut X509, data: *mut *const c_uchar, len: c_long) -> *mut X509;
    fn d2i_PUBKEY(key: *mut *mut EVP_PKEY, data: *mut *const c_uchar, len: c_long) -> *mut EVP_PKEY;
    fn X509_get0_pubkey(x: *const X509) -> *mut EVP_PKEY;
    fn X509_free(x: *mut X509);
    fn EVP_PKEY_free(key: *mut EVP_PKEY);
}

/// Usages (RFC 6698, 2.1.1)
const PKIX_TA: u8 = 0;
const DANE_TA: u8 = 2;
const LAST_USAGE: u8 = 3;
const SELECTOR_CERT: u8 = 0;
const SELECTOR_SPKI: u8 = 1;
const FULL: u8 = 0;
const SHA2_256: u8 = 1;
const SHA2_512: u8 = 2;

/// Whether libcrypto is one whose structures are known.
pub fn is_supported() -> bool {
    // SAFETY: they answer with constants.
    unsafe { OPENSSL_version_major() == 3 && OPENSSL_version_minor() == 0 }
}

/// `danetls_record`
#[repr(C)]
struct Record {
    usage: u8,
    selector: u8,
    mtype: u8,
    data: *mut u8,
    len: usize,
    spki: *mut EVP_PKEY,
}

/// `struct dane_ctx_st`
#[repr(C)]
struct ContextC {
    digests: *const *const EVP_MD,
    order: *const u8,
    last: u8,
    flags: c_ulong,
}

/// `struct ssl_dane_st`
#[repr(C)]
struct ConnectionC {
    context: *mut ContextC,
    records: *mut stack_st,
    certificates: *mut stack_st_X509,
    matched: *mut Record,
    matched_certificate: *mut X509,
    usages: u32,
    matched_depth: c_int,
    pkix_depth: c_int,
    flags: c_ulong,
}

const MTYPES: usize = 256;

/// The digests of an SSL_CTX's matching types, and their order.
pub struct Digests {
    c: UnsafeCell<ContextC>,
    digests: UnsafeCell<[*const EVP_MD; MTYPES]>,
    order: UnsafeCell<[u8; MTYPES]>,
}

// SAFETY: by the contract of the C API nobody changes them while connections
// verify; the digests are static or the application's, which keeps them.
unsafe impl Send for Digests {}
// SAFETY: as above.
unsafe impl Sync for Digests {}

impl Digests {
    /// No digest at all.
    pub fn none() -> Arc<Self> {
        let none = ContextC { digests: std::ptr::null(), order: std::ptr::null(), last: 0, flags: 0 };
        let this = Arc::new(Self {
            c: UnsafeCell::new(none),
            digests: UnsafeCell::new([std::ptr::null(); MTYPES]),
            order: UnsafeCell::new([0; MTYPES]),
        });
        // SAFETY: nobody else has it yet; the arrays stay where they are.
        unsafe {
            (*this.c.get()).digests = this.digests.get().cast();
            (*this.c.get()).order = this.order.get().cast();
        }
        this
    }

    /// SHA2-256 and SHA2-512.
    pub fn usual() -> Arc<Self> {
        let this = Self::none();
        // SAFETY: static digests.
        let (sha256, sha512) = unsafe { (EVP_sha256(), EVP_sha512()) };
        this.set(SHA2_256, sha256, 1);
        this.set(SHA2_512, sha512, 2);
        this
    }

    /// Sets the digest of a matching type (NULL: none) and its rank; false for
    /// a digest of the type that has none.
    pub fn set(&self, mtype: u8, digest: *const EVP_MD, order: u8) -> bool {
        if mtype == FULL && !digest.is_null() {
            return false;
        }
        let at = usize::from(mtype);
        // SAFETY: within the arrays; see above for others that look at them.
        unsafe {
            (*self.digests.get())[at] = digest;
            (*self.order.get())[at] = if digest.is_null() { 0 } else { order };
            let last = &raw mut (*self.c.get()).last;
            last.write(last.read().max(mtype));
        }
        true
    }

    /// Whether it has any type but the full one.
    pub fn has_any(&self) -> bool {
        // SAFETY: see above.
        unsafe { (*self.c.get()).last > 0 }
    }

    fn digest(&self, mtype: u8) -> *const EVP_MD {
        // SAFETY: within the array.
        unsafe { (*self.digests.get())[usize::from(mtype)] }
    }

    fn order(&self, mtype: u8) -> u8 {
        // SAFETY: within the array.
        unsafe { (*self.order.get())[usize::from(mtype)] }
    }
}

/// Why a TLSA record is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadRecord {
    /// The connection has no DANE.
    NotEnabled,
    /// Longer than OpenSSL's int.
    Length,
    /// No such usage.
    Usage,
    /// No such selector.
    Selector,
    /// No digest for the matching type.
    MatchingType,
    /// Not as long as the digest.
    DigestLength,
    /// NULL.
    NoData,
    /// Not a certificate.
    Certificate,
    /// Not a public key.
    PublicKey,
    /// Memory ran out.
    Memory,
}

/// The record that matched.
pub struct Match {
    /// Its place in the chain; -1 when nothing matched.
    pub depth: c_int,
    /// The certificate that matched; the connection keeps it.
    pub certificate: *mut X509,
    /// Or the bare key of the record.
    pub key: *mut EVP_PKEY,
    /// Usage, selector and matching type.
    pub parameters: (u8, u8, u8),
    /// The record's data; the connection keeps them.
    pub data: (*const u8, usize),
    /// Whether a record matched: otherwise only `depth` counts.
    pub found: bool,
}

/// A connection's TLSA records and what matched one. libcrypto writes to it
/// while it verifies, and programs have its pointer, so it stays where it is.
pub struct Dane {
    c: UnsafeCell<ConnectionC>,
    digests: Cell<Option<Arc<Digests>>>,
}

impl Dane {
    /// Not enabled yet.
    pub fn new(flags: c_ulong) -> Self {
        Self {
            c: UnsafeCell::new(ConnectionC {
                context: std::ptr::null_mut(),
                records: std::ptr::null_mut(),
                certificates: std::ptr::null_mut(),
                matched: std::ptr::null_mut(),
                matched_certificate: std::ptr::null_mut(),
                usages: 0,
                matched_depth: 0,
                pkix_depth: 0,
                flags,
            }),
            digests: Cell::new(None),
        }
    }

    /// The `SSL_DANE`; a borrow.
    pub fn as_ptr<T>(&self) -> *mut T {
        self.c.get().cast()
    }

    fn c(&self) -> *mut ConnectionC {
        self.c.get()
    }

    /// `DANE_FLAG_*`
    pub fn flags(&self) -> c_ulong {
        // SAFETY: this connection's thread.
        unsafe { (*self.c()).flags }
    }

    /// Sets the flags.
    pub fn set_flags(&self, flags: c_ulong) {
        // SAFETY: as above.
        unsafe { (*self.c()).flags = flags };
    }

    /// Whether records can be added.
    pub fn is_enabled(&self) -> bool {
        // SAFETY: as above.
        unsafe { !(*self.c()).records.is_null() }
    }

    /// Whether there are records, so that peers are verified by them.
    pub fn has_records(&self) -> bool {
        // SAFETY: as above; NULL has none.
        unsafe { OPENSSL_sk_num((*self.c()).records) > 0 }
    }

    /// Makes room for records; false when memory runs out.
    pub fn enable(&self, digests: Arc<Digests>) -> bool {
        // SAFETY: as above. `digests` is kept as long as the pointer to it.
        unsafe {
            let c = self.c();
            (*c).matched_depth = -1;
            (*c).pkix_depth = -1;
            (*c).context = digests.c.get();
            (*c).records = OPENSSL_sk_new_null();
            self.digests.set(Some(digests));
            !(*c).records.is_null()
        }
    }

    /// Adds a TLSA record. Data are `None` for NULL.
    pub fn add(&self, usage: u8, selector: u8, mtype: u8, data: Option<&[u8]>, len: usize) -> Result<(), BadRecord> {
        if !self.is_enabled() {
            return Err(BadRecord::NotEnabled);
        }
        let Some(digests) = self.digests() else { return Err(BadRecord::NotEnabled) };
        if c_int::try_from(len).is_err() {
            return Err(BadRecord::Length);
        }
        if usage > LAST_USAGE {
            return Err(BadRecord::Usage);
        }
        if selector > SELECTOR_SPKI {
            return Err(BadRecord::Selector);
        }
        if mtype != FULL {
            let digest = digests.digest(mtype);
            if digest.is_null() {
                return Err(BadRecord::MatchingType);
            }
            // SAFETY: a digest.
            if usize::try_from(unsafe { EVP_MD_get_size(digest) }) != Ok(len) {
                return Err(BadRecord::DigestLength);
            }
        }
        let data = data.ok_or(BadRecord::NoData)?;
        let mut record = Box::new(Record {
            usage,
            selector,
            mtype,
            data: Box::into_raw(Box::<[u8]>::from(data)).cast(),
            len,
            spki: std::ptr::null_mut(),
        });
        match (mtype, selector) {
            (FULL, SELECTOR_CERT) => self.check_certificate(usage, data)?,
            (FULL, _) => record.check_key(data)?,
            _ => {}
        }
        self.insert(record, &digests)
    }

    fn digests(&self) -> Option<Arc<Digests>> {
        let digests = self.digests.take();
        self.digests.set(digests.clone());
        digests
    }

    /// A whole certificate must be one; a trust anchor's is kept to build chains
    /// with.
    fn check_certificate(&self, usage: u8, data: &[u8]) -> Result<(), BadRecord> {
        let mut end = data.as_ptr();
        // SAFETY: `data` are readable for their length; what is decoded is ours.
        let certificate =
            unsafe { x509::X509::from_ptr(d2i_X509(std::ptr::null_mut(), &mut end, data.len() as c_long)) };
        let whole = end == data.as_ptr_range().end;
        let certificate = certificate.filter(|_| whole).ok_or(BadRecord::Certificate)?;
        // SAFETY: alive.
        if unsafe { X509_get0_pubkey(certificate.as_ptr()) }.is_null() {
            return Err(BadRecord::Certificate);
        }
        if !matches!(usage, PKIX_TA | DANE_TA) {
            return Ok(());
        }
        // SAFETY: this connection's thread; the stack, if there is one, is ours.
        let mut kept = unsafe { X509Stack::from_ptr((*self.c()).certificates) }.or_else(X509Stack::new);
        let pushed = kept.as_mut().is_some_and(|kept| kept.push(certificate));
        // SAFETY: as above; the stack goes back where it was.
        unsafe { (*self.c()).certificates = kept.map_or(std::ptr::null_mut(), X509Stack::into_ptr) };
        if pushed { Ok(()) } else { Err(BadRecord::Memory) }
    }

    /// Puts a record where libcrypto expects it: by usage, selector and the rank
    /// of its digest, each the highest first.
    fn insert(&self, record: Box<Record>, digests: &Digests) -> Result<(), BadRecord> {
        let rank = |record: &Record| (record.usage, record.selector, digests.order(record.mtype));
        let usage = record.usage;
        // SAFETY: this connection's thread; the stack's elements are records of ours.
        unsafe {
            let records = (*self.c()).records;
            let before = |&at: &c_int| rank(&*OPENSSL_sk_value(records, at).cast::<Record>()) > rank(&record);
            let place = (0..OPENSSL_sk_num(records)).take_while(before).count();
            let record = Box::into_raw(record);
            if OPENSSL_sk_insert(records, record.cast(), place as c_int) == 0 {
                drop(Box::from_raw(record));
                return Err(BadRecord::Memory);
            }
            (*self.c()).usages |= 1 << usage;
        }
        Ok(())
    }

    /// Adds the records of another connection.
    pub fn copy_records(&self, from: &Self) -> Result<(), BadRecord> {
        // SAFETY: this connection's thread; the elements are records of ours.
        unsafe {
            let records = (*from.c()).records;
            for at in 0..OPENSSL_sk_num(records) {
                let record = &*OPENSSL_sk_value(records, at).cast::<Record>();
                self.add(record.usage, record.selector, record.mtype, Some(record.bytes()), record.len)?;
            }
        }
        Ok(())
    }

    /// Forgets what matched.
    pub fn reset(&self) {
        // SAFETY: this connection's thread; the certificate is ours.
        unsafe {
            let c = self.c();
            (*c).matched_depth = -1;
            (*c).pkix_depth = -1;
            X509_free((*c).matched_certificate);
            (*c).matched_certificate = std::ptr::null_mut();
            (*c).matched = std::ptr::null_mut();
        }
    }

    /// What matched in the last verification.
    pub fn matched(&self) -> Match {
        // SAFETY: this connection's thread; `matched` is one of the records.
        unsafe {
            let c = self.c();
            let record = (*c).matched.as_ref();
            let certificate = (*c).matched_certificate;
            Match {
                depth: (*c).matched_depth,
                certificate,
                key: record.filter(|_| certificate.is_null()).map_or(std::ptr::null_mut(), |record| record.spki),
                parameters: record.map_or((0, 0, 0), |record| (record.usage, record.selector, record.mtype)),
                data: record.map_or((std::ptr::null(), 0), |record| (record.data.cast_const(), record.len)),
                found: record.is_some(),
            }
        }
    }
}

impl Drop for Dane {
    fn drop(&mut self) {
        self.reset();
        let c = self.c.get_mut();
        // SAFETY: all of it is ours.
        unsafe {
            for at in 0..OPENSSL_sk_num(c.records) {
                drop(Box::from_raw(OPENSSL_sk_value(c.records, at).cast::<Record>()));
            }
            OPENSSL_sk_free(c.records);
            drop(X509Stack::from_ptr(c.certificates));
        }
    }
}

impl Record {
    fn bytes(&self) -> &[u8] {
        // SAFETY: made of a slice of this length.
        unsafe { std::slice::from_raw_parts(self.data, self.len) }
    }

    /// A whole key must be one; a trust anchor's is kept to verify with.
    fn check_key(&mut self, data: &[u8]) -> Result<(), BadRecord> {
        let mut end = data.as_ptr();
        // SAFETY: `data` are readable for their length; what is decoded is ours,
        // and freed with the record.
        self.spki = unsafe { d2i_PUBKEY(std::ptr::null_mut(), &mut end, data.len() as c_long) };
        if self.spki.is_null() || end != data.as_ptr_range().end {
            return Err(BadRecord::PublicKey);
        }
        if self.usage != DANE_TA {
            // SAFETY: ours, and no longer pointed to.
            unsafe { EVP_PKEY_free(std::mem::replace(&mut self.spki, std::ptr::null_mut())) };
        }
        Ok(())
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        // SAFETY: both are ours; the data were made of a boxed slice.
        unsafe {
            drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(self.data, self.len)));
            EVP_PKEY_free(self.spki);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::{offset_of, size_of};

    #[test]
    fn structures_are_openssl_3_0s() {
        assert_eq!((offset_of!(Record, data), offset_of!(Record, spki), size_of::<Record>()), (8, 24, 32));
        assert_eq!((offset_of!(ContextC, last), size_of::<ContextC>()), (16, 32));
        assert_eq!(offset_of!(ConnectionC, matched_certificate), 32);
        assert_eq!((offset_of!(ConnectionC, usages), offset_of!(ConnectionC, pkix_depth)), (40, 48));
        assert_eq!((offset_of!(ConnectionC, flags), size_of::<ConnectionC>()), (56, 64));
    }

    #[test]
    fn records_are_ranked() {
        let dane = Dane::new(0);
        assert_eq!(dane.add(3, 1, 1, Some(&[0; 32]), 32), Err(BadRecord::NotEnabled));
        assert!(dane.enable(Digests::usual()));
        for (usage, selector, mtype, len) in [(2, 0, 1, 32), (3, 0, 1, 32), (3, 1, 1, 32), (3, 0, 2, 64), (0, 0, 2, 64)]
        {
            assert_eq!(dane.add(usage, selector, mtype, Some(&[0; 64][..len]), len), Ok(()));
        }
        // SAFETY: the records are ours.
        let order: Vec<_> = unsafe {
            let records = (*dane.c()).records;
            (0..OPENSSL_sk_num(records))
                .map(|at| &*OPENSSL_sk_value(records, at).cast::<Record>())
                .map(|record| (record.usage, record.selector, record.mtype))
                .collect()
        };
        assert_eq!(order, [(3, 1, 1), (3, 0, 2), (3, 0, 1), (2, 0, 1), (0, 0, 2)]);
        assert_eq!(dane.add(3, 0, 0, Some(&[1]), 1), Err(BadRecord::Certificate));
        assert_eq!(dane.add(3, 1, 0, Some(&[1]), 1), Err(BadRecord::PublicKey));
    }
}
