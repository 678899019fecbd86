//! Calls into C callbacks, each with its arguments checked and its answer typed.
