//! The boundary to C: the one way in which code of the program is called.
//!
//! Whatever is called in C may run the program: its callbacks, its BIO methods, its ex_data
//! functions, the methods and providers of its keys. The program may then call nearly any exported
//! function, on any connection, and may return late: after other stacks of the same thread have
//! run, or on another thread. So before such a call this thread's [`Work`] is handed out, and
//! afterwards it is handed back, by [`leave`], which is the only function that does the call:
//!
//! - A function of the program's is a [`Callback`], which nothing but [`Callback::call`] can run.
//! - A function of libcrypto that may run the program is declared by [`reentrant!`], which makes
//!   the declaration itself unreachable.
//!
//! In a build with debug assertions, `leave` also ends the process when a borrow or a lock of
//! [`crate::cell`] or [`crate::sync`] is held.

use std::cell::Cell;

use crate::cell;

/// What application data is sent as instead: a message that rustls has no call for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SentAs {
    /// Content type 21.
    Alert = 1,
    /// Content type 22.
    Handshake = 2,
}

/// What rustls is at work for on a thread: the address of a connection, which is a multiple of 8,
/// and in its lowest bits what application data is sent as. One word, as each call into C and
/// each question of rustls's looks at it.
#[derive(Clone, Copy)]
pub struct Work(usize);

const SENT_AS: usize = 3;

impl Work {
    /// No work: what the program's code finds.
    pub const NONE: Self = Self(0);

    /// Work for the connection at `address`.
    ///
    /// # Safety
    /// The connection lives as long as this or a copy of it is a thread's work: whoever makes it
    /// that by [`exchange_work`] takes it away again first.
    pub unsafe fn on(address: usize) -> Self {
        debug_assert!(address & SENT_AS == 0);
        Self(address)
    }

    /// The same work, with application data sent as something else, or as itself.
    pub fn sending(self, sent_as: Option<SentAs>) -> Self {
        Self(self.address() | sent_as.map_or(0, |kind| kind as usize))
    }

    /// The address of the connection; 0 for none.
    #[inline]
    pub fn address(self) -> usize {
        self.0 & !SENT_AS
    }

    /// What application data is sent as instead.
    pub fn sent_as(self) -> Option<SentAs> {
        match self.0 & SENT_AS {
            1 => Some(SentAs::Alert),
            2 => Some(SentAs::Handshake),
            _ => None,
        }
    }
}

thread_local! {
    static WORK: Cell<Work> = const { Cell::new(Work::NONE) };
}

/// What this thread is at work for. Not inlined: after a call into C this may be another thread,
/// whose variable has another address, which the compiler does not expect.
#[inline(never)]
pub fn work() -> Work {
    WORK.get()
}

/// Puts `work` in the place of what this thread was at work for, which it returns. Not inlined,
/// as [`work`].
#[inline(never)]
pub fn exchange_work(work: Work) -> Work {
    WORK.replace(work)
}

/// Runs `call`, which calls into C, with no work on the thread; puts back what was there. A panic
/// of `call` leaves that to whoever put the work there.
///
/// Where there is none, there is none afterwards: whatever runs in between takes its own away.
#[inline]
pub fn leave<R>(call: impl FnOnce() -> R) -> R {
    cell::assert_nothing_is_held();
    if work().0 == 0 {
        return call();
    }
    let work = exchange_work(Work::NONE);
    let result = call();
    exchange_work(work);
    result
}

/// A function of the program's.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Callback<F: Copy>(F);

impl<F: Copy> Callback<F> {
    /// The function that C gave; `None` for NULL.
    pub fn from_c(function: Option<F>) -> Option<Self> {
        function.map(Self)
    }

    /// The function for C to have back, or for libcrypto to call.
    pub fn to_c(self) -> F {
        self.0
    }

    /// Lets `call` call it.
    pub fn call<R>(self, call: impl FnOnce(F) -> R) -> R {
        leave(|| call(self.0))
    }
}

/// Declares functions of libcrypto that may run code of the program's. Each becomes a function of
/// the same name that calls it by [`leave`].
macro_rules! reentrant {
    ($($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $ret:ty)?;)*) => { $(
        $(#[$meta])*
        #[allow(non_snake_case, clippy::too_many_arguments)]
        $vis unsafe fn $name($($arg: $type),*) $(-> $ret)? {
            unsafe extern "C" {
                fn $name($($arg: $type),*) $(-> $ret)?;
            }
            // SAFETY: the caller promises what the C function asks for.
            $crate::boundary::leave(|| unsafe { $name($($arg),*) })
        }
    )* };
}
pub(crate) use reentrant;
