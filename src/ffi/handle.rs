//! Reference-counted objects that C programs hold pointers to.

use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A Rust type that C knows by an opaque, reference-counted pointer.
pub trait Object: Sized {
    /// The opaque C type.
    type C;

    /// Runs once, when the last reference goes and before the value is
    /// dropped. The object is still whole: C callbacks may look at it.
    fn finalize(&self) {}
}

/// From here on the count says that the object is being finalized; C may look at it.
const ENDING: usize = usize::MAX / 4;
/// From here on, that its parts are being dropped, by which C code may be called once more: it
/// finds no object any longer.
const GONE: usize = usize::MAX / 4 * 3;

#[repr(C)]
struct Counted<T> {
    // First, so that the C pointer and the Rust pointer are the same address.
    value: T,
    refs: AtomicUsize,
}

/// One counted reference to an [`Object`]; what C calls "a reference".
pub struct Ref<T: Object> {
    inner: NonNull<Counted<T>>,
}

impl<T: Object> Ref<T> {
    /// A new object with one reference.
    pub fn new(value: T) -> Self {
        let boxed = Box::new(Counted { value, refs: AtomicUsize::new(1) });
        let inner = NonNull::from(Box::leak(boxed));
        // C hands the address back, often one that was taken from a `&T` and
        // so stood for the value alone; `from_ptr` needs the count as well.
        let _ = inner.as_ptr().expose_provenance();
        Self { inner }
    }

    /// The C pointer; the count does not change.
    pub fn as_ptr(&self) -> *mut T::C {
        self.inner.as_ptr().cast()
    }

    /// Hands this reference to C.
    pub fn into_ptr(self) -> *mut T::C {
        ManuallyDrop::new(self).inner.as_ptr().cast()
    }

    /// Takes over one reference that C owned; `None` for NULL.
    ///
    /// # Safety
    /// `ptr` is NULL or came from this type, and C gives up one reference.
    pub unsafe fn from_ptr(ptr: *mut T::C) -> Option<Self> {
        NonNull::new(std::ptr::with_exposed_provenance_mut(ptr.addr())).map(|inner| Self { inner })
    }

    /// Adds a reference of our own to an object that C holds; `None` for NULL, and for an object
    /// of which nothing is left.
    ///
    /// # Safety
    /// `ptr` is NULL or came from this type and is alive.
    pub unsafe fn share_ptr(ptr: *const T::C) -> Option<Self> {
        // SAFETY: the caller's promise; ManuallyDrop leaves C's reference alone.
        let borrowed = unsafe { Self::from_ptr(ptr.cast_mut()) }.map(ManuallyDrop::new)?;
        if Self::count(&borrowed) < GONE { Some(Self::clone(&borrowed)) } else { None }
    }

    /// A new reference to the object that `value` is the content of.
    ///
    /// # Safety
    /// `value` lives in a `Ref` (it was reached through one or through its C
    /// pointer), not on the stack or in another container.
    pub unsafe fn of(value: &T) -> Self {
        // SAFETY: `value` is the first field of a live `Counted`.
        unsafe { Self::share_ptr(std::ptr::from_ref(value).cast()) }.expect("a reference is not null")
    }

    /// Whether both are the same object.
    pub fn same(a: &Self, b: &Self) -> bool {
        a.inner == b.inner
    }

    /// The number of references, for tests and diagnostics.
    pub fn count(this: &Self) -> usize {
        this.counted().refs.load(Ordering::Relaxed)
    }

    fn counted(&self) -> &Counted<T> {
        // SAFETY: this reference keeps the allocation alive, and all access is shared.
        unsafe { self.inner.as_ref() }
    }
}

impl crate::connection::Connection {
    /// A reference of its own to this connection.
    pub fn handle(&self) -> Ref<Self> {
        // SAFETY: `Connection::new` is the only constructor and makes it in a `Ref`.
        unsafe { Ref::of(self) }
    }
}

/// Borrows the object behind a C pointer for as long as the caller's own
/// reference lives; `None` for NULL, and for an object of which nothing is left.
///
/// # Safety
/// `ptr` is NULL or came from `Ref<T>` and stays alive for `'a`.
pub unsafe fn borrow<'a, T: Object>(ptr: *const T::C) -> Option<&'a T> {
    // SAFETY: the caller's promise; ManuallyDrop leaves C's reference alone.
    let borrowed = unsafe { Ref::<T>::from_ptr(ptr.cast_mut()) }.map(ManuallyDrop::new)?;
    // SAFETY: `value` is the first field, and whole.
    if Ref::count(&borrowed) < GONE { unsafe { ptr.cast::<T>().as_ref() } } else { None }
}

impl<T: Object> Deref for Ref<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.counted().value
    }
}

impl<T: Object> Clone for Ref<T> {
    fn clone(&self) -> Self {
        self.counted().refs.fetch_add(1, Ordering::Relaxed);
        Self { inner: self.inner }
    }
}

impl<T: Object> Drop for Ref<T> {
    fn drop(&mut self) {
        if self.counted().refs.fetch_sub(1, Ordering::Release) != 1 {
            return;
        }
        // A load and not a fence, which ThreadSanitizer cannot follow.
        self.counted().refs.load(Ordering::Acquire);
        // References that a callback takes and drops meanwhile must not end
        // the object a second time.
        self.counted().refs.store(ENDING, Ordering::Relaxed);
        self.value_ref().finalize();
        // Above the limit, as references to it are dropped still.
        self.counted().refs.store(GONE + usize::MAX / 8, Ordering::Relaxed);
        // SAFETY: the count is zero, so no other reference exists.
        drop(unsafe { Box::from_raw(self.inner.as_ptr()) });
    }
}

impl<T: Object> Ref<T> {
    fn value_ref(&self) -> &T {
        &self.counted().value
    }
}

impl<T: Object> PartialEq for Ref<T> {
    fn eq(&self, other: &Self) -> bool {
        Self::same(self, other)
    }
}

impl<T: Object> std::fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ref({:p})", self.inner)
    }
}

// SAFETY: the count is atomic. `Object`s that threads share (SSL_CTX,
// SSL_SESSION) lock their content; an SSL belongs to one thread at a time by
// the contract of the C API, as in OpenSSL.
unsafe impl<T: Object> Send for Ref<T> {}
// SAFETY: as above.
unsafe impl<T: Object> Sync for Ref<T> {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::rc::Rc;

    struct Probe(Rc<Cell<u32>>);
    impl Object for Probe {
        type C = u8;
        fn finalize(&self) {
            self.0.set(self.0.get() + 1);
        }
    }

    struct Part(Cell<*const u8>, Rc<Cell<bool>>);
    struct Whole(Part);
    impl Object for Whole {
        type C = u8;
        fn finalize(&self) {
            // SAFETY: its own pointer, while it is whole.
            self.0.1.set(unsafe { borrow::<Self>(self.0.0.get()) }.is_some());
        }
    }
    impl Drop for Part {
        fn drop(&mut self) {
            assert!(self.1.get());
            // SAFETY: the pointer of the object that this is a part of, whose memory is still there.
            let found = unsafe { (borrow::<Whole>(self.0.get()).is_some(), Ref::<Whole>::share_ptr(self.0.get())) };
            self.1.set(found.0 || found.1.is_some());
        }
    }

    #[test]
    fn what_is_being_dropped_is_not_found() {
        let found = Rc::new(Cell::new(false));
        let whole = Ref::new(Whole(Part(Cell::new(std::ptr::null()), found.clone())));
        whole.0.0.set(whole.as_ptr());
        drop(whole);
        assert!(!found.get());
    }

    #[test]
    fn the_last_reference_finalizes_once() {
        let seen = Rc::new(Cell::new(0));
        let a = Ref::new(Probe(seen.clone()));
        let ptr = a.clone().into_ptr();
        assert_eq!(Ref::count(&a), 2);
        drop(a);
        assert_eq!(seen.get(), 0);
        // SAFETY: `ptr` is the reference handed out above.
        drop(unsafe { Ref::<Probe>::from_ptr(ptr) });
        assert_eq!(seen.get(), 1);
    }
}
