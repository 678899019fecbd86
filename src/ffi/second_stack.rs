//! Stacks of our own, for work that takes more of one than a program's thread may have.
//!
//! Programs run connections in threads of 32 KiB and less. Of that ML-KEM alone takes 24, and a
//! signature of aws-lc-rs's 10. Such work runs here, and nothing else: what may call the
//! program, a BIO or libcrypto stays on the thread's own stack, by whose bounds debuggers,
//! garbage collectors and coroutines know it.

use std::any::Any;
use std::cell::Cell;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};

/// How much the work may take. Without optimization it takes a multiple.
const ROOM: usize = if cfg!(debug_assertions) { 512 * 1024 } else { 64 * 1024 };
/// Below it lies what can't be touched, longer than any frame of the work.
const GUARD: usize = 64 * 1024;
/// All of the room is wiped but the frames that do it.
const WIPED: usize = ROOM - 4096;
/// How many stacks are kept for the next to use: no more come about than threads are at such
/// work at the same time.
const KEPT: usize = 16;

// No lock, which a fork could leave taken in the child.
static FREE: [AtomicPtr<Stack>; KEPT] = [const { AtomicPtr::new(ptr::null_mut()) }; KEPT];

thread_local! {
    static IN_USE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is at work on a second stack. Not inlined: after a call into C this may be
/// another thread, whose variable has another address, which the compiler does not expect.
#[inline(never)]
pub fn in_use() -> bool {
    IN_USE.get()
}

/// Not inlined, as [`in_use`].
#[inline(never)]
fn set_in_use(in_use: bool) {
    IN_USE.set(in_use);
}

/// Runs `work`, which must not call C code that may call back, on a stack with room for it, and
/// wipes what it leaves there. `None` when there is no memory for a stack; then `work` has not run.
pub fn run<R>(work: impl FnOnce() -> R) -> Option<R> {
    if in_use() {
        return Some(work());
    }
    let stack = Stack::take()?;
    // C code that may call back is not called meanwhile.
    #[cfg(debug_assertions)]
    let _held = crate::cell::Held::begin();
    set_in_use(true);
    let result = stack.run(work);
    set_in_use(false);
    Stack::keep(stack);
    match result {
        Ok(value) => Some(value),
        Err(panic) => resume_unwind(panic),
    }
}

struct Stack {
    /// Of the guard, and the room behind it.
    memory: NonNull<u8>,
    checker: checker::Id,
}

impl Stack {
    fn take() -> Option<Box<Self>> {
        let kept = FREE.iter().find_map(|free| NonNull::new(free.swap(ptr::null_mut(), Ordering::Acquire)));
        // SAFETY: `keep` put it there, and the exchange left it to this caller alone.
        kept.map(|stack| unsafe { Box::from_raw(stack.as_ptr()) }).or_else(|| Self::new().map(Box::new))
    }

    fn keep(stack: Box<Self>) {
        let stack = Box::into_raw(stack);
        let kept = FREE
            .iter()
            .any(|free| free.compare_exchange(ptr::null_mut(), stack, Ordering::Release, Ordering::Relaxed).is_ok());
        if !kept {
            // SAFETY: made above, and kept by nobody.
            drop(unsafe { Box::from_raw(stack) });
        }
    }

    fn new() -> Option<Self> {
        let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: new memory, wherever the system likes it.
        let memory = unsafe { libc::mmap(ptr::null_mut(), GUARD + ROOM, protection, flags | libc::MAP_STACK, -1, 0) };
        let memory = NonNull::new(memory.cast::<u8>()).filter(|_| memory != libc::MAP_FAILED)?;
        let room = memory.as_ptr().addr() + GUARD;
        let stack = Self { memory, checker: checker::Id::of(room, room + ROOM) };
        // SAFETY: the memory is ours, and nothing is in it yet.
        let guarded = unsafe { libc::mprotect(memory.as_ptr().cast(), GUARD, libc::PROT_NONE) } == 0;
        guarded.then_some(stack)
    }

    fn run<R>(&self, work: impl FnOnce() -> R) -> Result<R, Box<dyn Any + Send>> {
        let work = || {
            let result = catch_unwind(AssertUnwindSafe(work));
            wipe();
            result
        };
        psm::psm_stack_manipulation! {
            // SAFETY: the room is nobody else's until the work is done, and no panic leaves it.
            yes { unsafe { psm::on_stack(self.memory.as_ptr().add(GUARD), ROOM, work) } }
            no { work() }
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.checker.forget();
        // SAFETY: `new` made it of this size, and nothing runs on it.
        unsafe { libc::munmap(self.memory.as_ptr().cast(), GUARD + ROOM) };
    }
}

/// Wipes the stack below the caller's frame: by a frame of its own, since to a memory checker
/// what lies below all frames is not there.
#[inline(never)]
fn wipe() {
    black_box(&mut [0_u8; WIPED]);
}

/// Tells Valgrind, if the program runs under it, that the memory is a stack: a stack pointer that
/// moves there is no frame as long as the way. What it is told by does nothing elsewhere.
mod checker {
    const REGISTER: usize = 0x1501;
    const DEREGISTER: usize = 0x1502;

    /// Valgrind's name for a stack; 0 without Valgrind.
    pub struct Id(usize);

    impl Id {
        /// Of the stack between these addresses.
        pub fn of(start: usize, end: usize) -> Self {
            Self(request(REGISTER, start, end))
        }

        /// Says that it is a stack no more.
        pub fn forget(&self) {
            request(DEREGISTER, self.0, 0);
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn request(code: usize, first: usize, second: usize) -> usize {
        let request = [code, first, second, 0, 0, 0];
        let mut answer: usize = 0;
        // SAFETY: it turns a register once around; Valgrind reads the request and writes the answer.
        unsafe {
            std::arch::asm!(
                "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
                in("rax") request.as_ptr(), inout("rdx") answer, options(nostack),
            );
        }
        answer
    }

    #[cfg(target_arch = "aarch64")]
    fn request(code: usize, first: usize, second: usize) -> usize {
        let request = [code, first, second, 0, 0, 0];
        let mut answer: usize = 0;
        // SAFETY: as on x86-64.
        unsafe {
            std::arch::asm!(
                "ror x12, x12, #3", "ror x12, x12, #13", "ror x12, x12, #51", "ror x12, x12, #61", "orr x10, x10, x10",
                inout("x3") answer, in("x4") request.as_ptr(), options(nostack),
            );
        }
        answer
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn request(_: usize, _: usize, _: usize) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> usize {
        let local = 0_u8;
        ptr::from_ref(black_box(&local)).addr()
    }

    #[test]
    fn work_runs_elsewhere_and_its_result_comes_back() {
        let (before, inside) = (here(), run(|| (here(), in_use())).unwrap());
        assert!(inside.0.abs_diff(before) > GUARD);
        assert!(inside.1 && !in_use());
    }

    #[test]
    fn work_within_work_stays_where_it_is() {
        let (outer, inner) = run(|| (here(), run(here).unwrap())).unwrap();
        assert!(inner.abs_diff(outer) < ROOM);
    }

    #[test]
    fn a_panic_goes_on_on_the_own_stack() {
        let caught = catch_unwind(|| run(|| panic!("as expected")));
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"as expected"));
        assert!(!in_use() && run(|| ()).is_some());
    }

    #[test]
    fn what_lay_there_is_wiped() {
        #[inline(never)]
        fn leave() -> usize {
            let left = [0x5a_u8; 3000];
            ptr::from_ref(black_box(&left)).expose_provenance()
        }
        let stack = Stack::take().unwrap();
        let left = stack.run(leave).unwrap();
        // SAFETY: the room is mapped, and nothing runs there.
        let bytes = unsafe { std::slice::from_raw_parts(ptr::with_exposed_provenance::<u8>(left), 3000) };
        assert!(bytes.iter().all(|&byte| byte == 0));
        Stack::keep(stack);
    }

    #[test]
    fn many_at_once() {
        let all: Vec<_> = (0..2 * KEPT).map(|_| Stack::take().unwrap()).collect();
        all.into_iter().for_each(Stack::keep);
        assert!(FREE.iter().any(|free| !free.load(Ordering::Relaxed).is_null()));
    }
}
