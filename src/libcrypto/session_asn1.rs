//! The ASN.1 structure of a session, read and written by libcrypto's own
//! template machinery (`asn1t.h`): what it takes for BER, what it refuses and
//! what it then says on the error queue is OpenSSL's by construction.

use std::cell::Cell;
use std::marker::PhantomData;
use std::mem::offset_of;
use std::ops::Deref;
use std::ptr::NonNull;

use crate::boundary::reentrant;
use crate::secret::Secret;
use libc::{c_char, c_int, c_long, c_uchar, c_ulong, c_void};

use super::library::Library;
use super::peer::PeerCertificate;
use super::x509::{X509, X509_C};

/// `ASN1_TEMPLATE`: a field of a structure.
#[repr(C)]
struct Template {
    flags: c_ulong,
    tag: c_long,
    offset: c_ulong,
    name: *const c_char,
    item: unsafe extern "C" fn() -> *const Item,
}

/// `ASN1_ITEM`: a type.
#[repr(C)]
struct Item {
    kind: c_char,
    tag: c_long,
    templates: *const Template,
    count: c_long,
    functions: *const c_void,
    size: c_long,
    name: *const c_char,
}

const V_ASN1_SEQUENCE: c_long = 16;

// SAFETY: the pointers are to constants.
unsafe impl Sync for Template {}
// SAFETY: as above.
unsafe impl Sync for Item {}

unsafe extern "C" {
    fn OPENSSL_cleanse(data: *mut c_void, len: usize);
    fn ASN1_OCTET_STRING_it() -> *const Item;
    fn INT32_it() -> *const Item;
    fn UINT32_it() -> *const Item;
    fn ZINT32_it() -> *const Item;
    fn ZUINT32_it() -> *const Item;
    fn ZINT64_it() -> *const Item;
    fn ZUINT64_it() -> *const Item;
    fn X509_it() -> *const Item;
    fn ASN1_item_i2d(value: *const Structure<'_>, out: *mut *mut c_uchar, item: *const Item) -> c_int;
}

reentrant! {
    fn ASN1_item_d2i(
        value: *mut *mut Structure<'static>,
        data: *mut *const c_uchar,
        len: c_long,
        item: *const Item,
    ) -> *mut Structure<'static>;
    fn ASN1_item_free(value: *mut Structure<'static>, item: *const Item);
    fn ASN1_item_ex_d2i(
        value: *mut *mut X509_C,
        data: *mut *const c_uchar,
        len: c_long,
        item: *const Item,
        tag: c_int,
        class: c_int,
        optional: c_char,
        cache: *mut c_void,
    ) -> c_int;
}

/// `ASN1_OCTET_STRING`, of bytes that live for `'a`.
#[repr(C)]
pub struct OctetString<'a> {
    length: c_int,
    kind: c_int,
    data: *const c_uchar,
    flags: c_long,
    bytes: PhantomData<&'a [u8]>,
}

impl<'a> OctetString<'a> {
    /// `None` when the bytes are too many for an `int`.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        const V_ASN1_OCTET_STRING: c_int = 4;
        let length = c_int::try_from(bytes.len()).ok()?;
        Some(Self { length, kind: V_ASN1_OCTET_STRING, data: bytes.as_ptr(), flags: 0, bytes: PhantomData })
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match usize::try_from(self.length) {
            // SAFETY: ours are as `new` had them; libcrypto's has a buffer of that length.
            Ok(len) if len > 0 => unsafe { std::slice::from_raw_parts(self.data, len) },
            _ => &[],
        }
    }
}

/// An octet string, NULL when it is left out.
pub type Octets<'a> = Option<&'a OctetString<'a>>;

/// Writes the structure and its templates from one list, in the order of the
/// encoding: a field is one of its libcrypto type, plain or with a tag.
macro_rules! structure {
    ($($name:ident: $type:ty, $item:ident $(, $tagging:ident $tag:literal)?;)*) => {
        /// OpenSSL's structure. A number that is 0 is left out, but for the first
        /// two and `kex_group`.
        #[repr(C)]
        #[derive(Default)]
        #[allow(missing_docs)]
        pub struct Structure<'a> {
            $(pub $name: $type,)*
        }

        static TEMPLATES: &[Template] = &[$(Template {
            flags: flags::$item $(| flags::$tagging)?,
            tag: 0 $(+ $tag)?,
            offset: offset_of!(Structure<'static>, $name) as c_ulong,
            name: named(concat!(stringify!($name), "\0")),
            item: $item,
        },)*];
    };
}

/// `ASN1_TFLG_*`
#[allow(non_upper_case_globals)]
mod flags {
    use libc::c_ulong;

    const OPTIONAL: c_ulong = 1;
    const CONTEXT: c_ulong = 2 << 6;
    const EMBED: c_ulong = 1 << 12;
    pub const IMPLICIT: c_ulong = 1 << 3 | CONTEXT | OPTIONAL;
    pub const EXPLICIT: c_ulong = 2 << 3 | CONTEXT | OPTIONAL;
    // Numbers are parts of the structure, other values are pointed to.
    pub const UINT32_it: c_ulong = EMBED;
    pub const INT32_it: c_ulong = EMBED;
    pub const ZUINT32_it: c_ulong = EMBED;
    pub const ZINT32_it: c_ulong = EMBED;
    pub const ZUINT64_it: c_ulong = EMBED;
    pub const ZINT64_it: c_ulong = EMBED;
    pub const ASN1_OCTET_STRING_it: c_ulong = 0;
    pub const peer_it: c_ulong = 0;
}

const fn named(name: &'static str) -> *const c_char {
    name.as_ptr().cast()
}

/// `ASN1_EXTERN_FUNCS`: a type that is read and written by functions.
#[repr(C)]
struct ExternFunctions {
    app_data: *const c_void,
    new: *const c_void,
    free: unsafe extern "C" fn(*mut *mut Peer, *const Item),
    clear: *const c_void,
    d2i: D2i,
    i2d: I2d,
    print: *const c_void,
    new_ex: *const c_void,
    d2i_ex: *const c_void,
}

type D2i = unsafe extern "C" fn(
    *mut *mut Peer,
    *mut *const c_uchar,
    c_long,
    *const Item,
    c_int,
    c_int,
    c_char,
    *mut c_void,
) -> c_int;
type I2d = unsafe extern "C" fn(*const *const Peer, *mut *mut c_uchar, *const Item, c_int, c_int) -> c_int;

// SAFETY: the pointers are NULL.
unsafe impl Sync for ExternFunctions {}

/// A certificate, of which an object is made when a program asks for it.
static PEER: Item = {
    const ASN1_ITYPE_EXTERN: c_char = 4;
    static FUNCTIONS: ExternFunctions = ExternFunctions {
        app_data: std::ptr::null(),
        new: std::ptr::null(),
        free: free_peer,
        clear: std::ptr::null(),
        d2i: read_peer,
        i2d: write_peer,
        print: std::ptr::null(),
        new_ex: std::ptr::null(),
        d2i_ex: std::ptr::null(),
    };
    Item {
        kind: ASN1_ITYPE_EXTERN,
        tag: V_ASN1_SEQUENCE,
        templates: std::ptr::null(),
        count: 0,
        functions: std::ptr::from_ref(&FUNCTIONS).cast(),
        size: 0,
        name: c"X509".as_ptr(),
    }
};

unsafe extern "C" fn peer_it() -> *const Item {
    &PEER
}

/// A session's certificate: its encoding where it is written, itself where it was read.
pub struct Peer {
    encoding: Vec<u8>,
    decoded: Cell<Option<PeerCertificate>>,
}

/// A field of the structure: a session's certificate, or NULL.
#[repr(transparent)]
#[derive(Default)]
pub struct PeerField<'a>(Option<NonNull<c_void>>, PhantomData<&'a Peer>);

impl<'a> PeerField<'a> {
    /// For a structure that is written.
    pub fn new(peer: Option<&'a Peer>) -> Self {
        Self(peer.map(|peer| NonNull::from(peer).cast()), PhantomData)
    }

    fn get(&self) -> Option<&Peer> {
        // SAFETY: what `new` was given, or what `read_peer` made and libcrypto has not given up.
        self.0.map(|peer| unsafe { peer.cast().as_ref() })
    }
}

impl Peer {
    /// One to be written.
    pub fn encoded(encoding: Vec<u8>) -> Self {
        Self { encoding, decoded: Cell::new(None) }
    }
}

unsafe extern "C" fn read_peer(
    value: *mut *mut Peer,
    data: *mut *const c_uchar,
    len: c_long,
    _: *const Item,
    tag: c_int,
    class: c_int,
    optional: c_char,
    cache: *mut c_void,
) -> c_int {
    let mut result = 1;
    let mut decode = || {
        let mut x509 = std::ptr::null_mut();
        // SAFETY: libcrypto passes on what it was given; the certificate is ours.
        unsafe {
            result = ASN1_item_ex_d2i(&mut x509, data, len, X509_it(), tag, class, optional, cache);
            X509::from_ptr(x509).filter(|_| result == 1).ok_or(())
        }
    };
    // SAFETY: libcrypto points to a value of `len` bytes, which `decode` leaves as they are.
    let der = unsafe { certificate(*data, len) };
    let peer = match der {
        Some(der) => PeerCertificate::met(der, &Library::default(), decode),
        None => decode().map(PeerCertificate::of),
    };
    let Ok(peer) = peer else { return result };
    // SAFETY: as above; there is one certificate at most, so nothing is overwritten.
    unsafe {
        if let Some(der) = der {
            *data = der.as_ptr_range().end;
        }
        *value = Box::into_raw(Box::new(Peer { encoding: Vec::new(), decoded: Cell::new(Some(peer)) }));
    }
    1
}

/// The certificate that `data` begins with, if its length is written as that of
/// most certificates is.
///
/// # Safety
/// `data` is readable for `len` bytes, or for as many as the value there has.
unsafe fn certificate<'a>(data: *const c_uchar, len: c_long) -> Option<&'a [u8]> {
    const HEAD: usize = 4;
    let len = usize::try_from(len).ok().filter(|&len| len >= HEAD)?;
    // SAFETY: the caller's promise. A value of fewer bytes is in something
    // without length, and its end takes two more.
    match unsafe { *data.cast::<[u8; HEAD]>() } {
        [0x30, 0x82, high, low] => {
            let all = HEAD + usize::from(u16::from_be_bytes([high, low]));
            // SAFETY: as above; that is the value's length.
            (all <= len).then(|| unsafe { std::slice::from_raw_parts(data, all) })
        }
        _ => None,
    }
}

unsafe extern "C" fn write_peer(
    value: *const *const Peer,
    out: *mut *mut c_uchar,
    _: *const Item,
    _: c_int,
    _: c_int,
) -> c_int {
    // SAFETY: libcrypto passes on what it was given, and has room for what it was told before.
    unsafe {
        let encoding = &(**value).encoding;
        if !out.is_null() {
            std::ptr::copy_nonoverlapping(encoding.as_ptr(), *out, encoding.len());
            *out = (*out).add(encoding.len());
        }
        encoding.len() as c_int
    }
}

unsafe extern "C" fn free_peer(value: *mut *mut Peer, _: *const Item) {
    // SAFETY: libcrypto gives up what was made by `read_peer`.
    unsafe {
        drop(Box::from_raw(*value));
        *value = std::ptr::null_mut();
    }
}

// The names are OpenSSL's: they are part of its errors.
structure! {
    version: u32, UINT32_it;
    ssl_version: i32, INT32_it;
    cipher: Octets<'a>, ASN1_OCTET_STRING_it;
    session_id: Octets<'a>, ASN1_OCTET_STRING_it;
    master_key: Octets<'a>, ASN1_OCTET_STRING_it;
    key_arg: Octets<'a>, ASN1_OCTET_STRING_it, IMPLICIT 0;
    time: i64, ZINT64_it, EXPLICIT 1;
    timeout: i64, ZINT64_it, EXPLICIT 2;
    peer: PeerField<'a>, peer_it, EXPLICIT 3;
    session_id_context: Octets<'a>, ASN1_OCTET_STRING_it, EXPLICIT 4;
    verify_result: i32, ZINT32_it, EXPLICIT 5;
    tlsext_hostname: Octets<'a>, ASN1_OCTET_STRING_it, EXPLICIT 6;
    psk_identity_hint: Octets<'a>, ASN1_OCTET_STRING_it, EXPLICIT 7;
    psk_identity: Octets<'a>, ASN1_OCTET_STRING_it, EXPLICIT 8;
    tlsext_tick_lifetime_hint: u64, ZUINT64_it, EXPLICIT 9;
    tlsext_tick: Octets<'a>, ASN1_OCTET_STRING_it, EXPLICIT 10;
    comp_id: Octets<'a>, ASN1_OCTET_STRING_it, EXPLICIT 11;
    srp_username: Octets<'a>, ASN1_OCTET_STRING_it, EXPLICIT 12;
    flags: u64, ZUINT64_it, EXPLICIT 13;
    tlsext_tick_age_add: u32, ZUINT32_it, EXPLICIT 14;
    max_early_data: u32, ZUINT32_it, EXPLICIT 15;
    alpn_selected: Octets<'a>, ASN1_OCTET_STRING_it, EXPLICIT 16;
    tlsext_max_fragment_len_mode: u32, ZUINT32_it, EXPLICIT 17;
    ticket_appdata: Octets<'a>, ASN1_OCTET_STRING_it, EXPLICIT 18;
    kex_group: u32, UINT32_it, EXPLICIT 19;
}

static ITEM: Item = {
    const ASN1_ITYPE_SEQUENCE: c_char = 1;
    Item {
        kind: ASN1_ITYPE_SEQUENCE,
        tag: V_ASN1_SEQUENCE,
        templates: TEMPLATES.as_ptr(),
        count: TEMPLATES.len() as c_long,
        functions: std::ptr::null(),
        size: size_of::<Structure<'static>>() as c_long,
        name: c"SSL_SESSION_ASN1".as_ptr(),
    }
};

impl Structure<'_> {
    /// The encoding; `None` when it is too long or memory is short.
    pub fn encode(&self) -> Option<Secret> {
        // SAFETY: the item describes this structure, and `out` is NULL.
        let len = unsafe { ASN1_item_i2d(self, std::ptr::null_mut(), &ITEM) };
        let mut der = Secret::zeroed(usize::try_from(len).ok()?);
        let mut out = der.as_mut_ptr();
        // SAFETY: there is room for what was measured just before.
        (len > 0 && unsafe { ASN1_item_i2d(self, &mut out, &ITEM) } == len).then_some(der)
    }

    /// The peer's certificate, once.
    pub fn take_peer(&self) -> Option<PeerCertificate> {
        self.peer.get()?.decoded.take()
    }
}

/// A structure that libcrypto has read.
pub struct Decoded(NonNull<Structure<'static>>);

impl Decoded {
    /// Reads the structure that the bytes begin with, and moves `data` past it;
    /// on failure an error is on the queue.
    ///
    /// # Safety
    /// `data` is readable for `len` bytes, or for as many as the structure has.
    pub unsafe fn read(data: &mut *const c_uchar, len: c_long) -> Option<Self> {
        // SAFETY: the caller's promise; the item describes the structure.
        NonNull::new(unsafe { ASN1_item_d2i(std::ptr::null_mut(), data, len, &ITEM) }).map(Self)
    }

    /// The structure that `bytes` begin with, and how many bytes it takes.
    pub fn from_der(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut at = bytes.as_ptr();
        // SAFETY: `bytes` is readable for its length, which fits.
        let decoded = unsafe { Self::read(&mut at, bytes.len() as c_long) }?;
        Some((decoded, at.addr() - bytes.as_ptr().addr()))
    }
}

impl Deref for Decoded {
    type Target = Structure<'static>;

    fn deref(&self) -> &Self::Target {
        // SAFETY: alive until we drop it; nobody changes it.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for Decoded {
    fn drop(&mut self) {
        // SAFETY: ours, and nobody has a borrow of it any more.
        unsafe {
            if let Some(secret) = self.master_key.filter(|secret| secret.length > 0) {
                OPENSSL_cleanse(secret.data.cast_mut().cast(), secret.length as usize);
            }
            ASN1_item_free(self.0.as_ptr(), &ITEM);
        }
    }
}
