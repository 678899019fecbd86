//! Safe, owned wrappers of libcrypto's objects, and its error queue.

pub mod bio;
pub mod err;
pub mod ex_data;
pub mod sys;
