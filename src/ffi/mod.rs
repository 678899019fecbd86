//! The tools of the C boundary.

pub mod callbacks;
pub mod handle;
pub mod types;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::libcrypto::err;

pub use handle::{Object, Ref};

/// Runs the body of an exported function. A panic stops here: it becomes
/// `failure`, with `ERR_R_INTERNAL_ERROR` on the error queue.
pub fn guard<R>(failure: R, body: impl FnOnce() -> R) -> R {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(_) => {
            err::raise(err::ERR_R_INTERNAL_ERROR);
            failure
        }
    }
}

/// The answer of a function that is exported but not written yet (status
/// `todo` in `abi/libssl.tsv`): an error on the queue and `failure`.
#[cold]
pub fn unwritten<R>(name: &str, failure: R) -> R {
    err::raise_data(err::ERR_R_UNSUPPORTED, &format!("{name}: not implemented"));
    failure
}

/// The answer of a function whose protocol feature Tessera does not have
/// (status `refused` in `abi/libssl.tsv`): an error on the queue and `failure`.
#[cold]
pub fn refused<R>(name: &str, failure: R) -> R {
    err::raise_data(err::ERR_R_DISABLED, &format!("{name}: feature not supported"));
    failure
}
