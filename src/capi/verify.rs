//! Verification of the peer: `SSL_CTX_set_verify(3)`, trust stores, CA lists.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_add1_to_CA_list(_ctx: *mut SSL_CTX, _x: *const X509) -> c_int {
    unwritten("SSL_CTX_add1_to_CA_list", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_add_client_CA(_ctx: *mut SSL_CTX, _x: *mut X509) -> c_int {
    unwritten("SSL_CTX_add_client_CA", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get0_CA_list(_ctx: *const SSL_CTX) -> *const stack_st_X509_NAME {
    unwritten("SSL_CTX_get0_CA_list", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get0_param(_ctx: *mut SSL_CTX) -> *mut X509_VERIFY_PARAM {
    unwritten("SSL_CTX_get0_param", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_cert_store(_a: *const SSL_CTX) -> *mut X509_STORE {
    unwritten("SSL_CTX_get_cert_store", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_client_CA_list(_s: *const SSL_CTX) -> *mut stack_st_X509_NAME {
    unwritten("SSL_CTX_get_client_CA_list", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_verify_callback(_ctx: *const SSL_CTX) -> SSL_verify_cb {
    unwritten("SSL_CTX_get_verify_callback", None)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_verify_depth(_ctx: *const SSL_CTX) -> c_int {
    unwritten("SSL_CTX_get_verify_depth", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_verify_mode(_ctx: *const SSL_CTX) -> c_int {
    unwritten("SSL_CTX_get_verify_mode", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_load_verify_dir(_ctx: *mut SSL_CTX, _CApath: *const c_char) -> c_int {
    unwritten("SSL_CTX_load_verify_dir", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_load_verify_file(_ctx: *mut SSL_CTX, _CAfile: *const c_char) -> c_int {
    unwritten("SSL_CTX_load_verify_file", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_load_verify_locations(
    _ctx: *mut SSL_CTX,
    _CAfile: *const c_char,
    _CApath: *const c_char,
) -> c_int {
    unwritten("SSL_CTX_load_verify_locations", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_load_verify_store(_ctx: *mut SSL_CTX, _CAstore: *const c_char) -> c_int {
    unwritten("SSL_CTX_load_verify_store", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set0_CA_list(_ctx: *mut SSL_CTX, _name_list: *mut stack_st_X509_NAME) {
    unwritten("SSL_CTX_set0_CA_list", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set1_cert_store(_a: *mut SSL_CTX, _b: *mut X509_STORE) {
    unwritten("SSL_CTX_set1_cert_store", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set1_param(_ctx: *mut SSL_CTX, _vpm: *mut X509_VERIFY_PARAM) -> c_int {
    unwritten("SSL_CTX_set1_param", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_cert_store(_a: *mut SSL_CTX, _b: *mut X509_STORE) {
    unwritten("SSL_CTX_set_cert_store", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_cert_verify_callback(
    _ctx: *mut SSL_CTX,
    _cb: Option<unsafe extern "C" fn(*mut X509_STORE_CTX, *mut c_void) -> c_int>,
    _arg: *mut c_void,
) {
    unwritten("SSL_CTX_set_cert_verify_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_client_CA_list(_ctx: *mut SSL_CTX, _name_list: *mut stack_st_X509_NAME) {
    unwritten("SSL_CTX_set_client_CA_list", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_verify_dir(_ctx: *mut SSL_CTX) -> c_int {
    unwritten("SSL_CTX_set_default_verify_dir", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_verify_file(_ctx: *mut SSL_CTX) -> c_int {
    unwritten("SSL_CTX_set_default_verify_file", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_verify_paths(_ctx: *mut SSL_CTX) -> c_int {
    unwritten("SSL_CTX_set_default_verify_paths", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_verify_store(_ctx: *mut SSL_CTX) -> c_int {
    unwritten("SSL_CTX_set_default_verify_store", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_purpose(_ctx: *mut SSL_CTX, _purpose: c_int) -> c_int {
    unwritten("SSL_CTX_set_purpose", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_trust(_ctx: *mut SSL_CTX, _trust: c_int) -> c_int {
    unwritten("SSL_CTX_set_trust", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_verify(_ctx: *mut SSL_CTX, _mode: c_int, _callback: SSL_verify_cb) {
    unwritten("SSL_CTX_set_verify", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_verify_depth(_ctx: *mut SSL_CTX, _depth: c_int) {
    unwritten("SSL_CTX_set_verify_depth", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_add1_host(_s: *mut SSL, _hostname: *const c_char) -> c_int {
    unwritten("SSL_add1_host", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_add1_to_CA_list(_ssl: *mut SSL, _x: *const X509) -> c_int {
    unwritten("SSL_add1_to_CA_list", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_add_client_CA(_ssl: *mut SSL, _x: *mut X509) -> c_int {
    unwritten("SSL_add_client_CA", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_add_dir_cert_subjects_to_stack(
    _stackCAs: *mut stack_st_X509_NAME,
    _dir: *const c_char,
) -> c_int {
    unwritten("SSL_add_dir_cert_subjects_to_stack", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_add_file_cert_subjects_to_stack(
    _stackCAs: *mut stack_st_X509_NAME,
    _file: *const c_char,
) -> c_int {
    unwritten("SSL_add_file_cert_subjects_to_stack", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_add_store_cert_subjects_to_stack(
    _stackCAs: *mut stack_st_X509_NAME,
    _uri: *const c_char,
) -> c_int {
    unwritten("SSL_add_store_cert_subjects_to_stack", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_dup_CA_list(_sk: *const stack_st_X509_NAME) -> *mut stack_st_X509_NAME {
    unwritten("SSL_dup_CA_list", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_CA_list(_s: *const SSL) -> *const stack_st_X509_NAME {
    unwritten("SSL_get0_CA_list", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_param(_ssl: *mut SSL) -> *mut X509_VERIFY_PARAM {
    unwritten("SSL_get0_param", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_peer_CA_list(_s: *const SSL) -> *const stack_st_X509_NAME {
    unwritten("SSL_get0_peer_CA_list", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_peer_certificate(_s: *const SSL) -> *mut X509 {
    unwritten("SSL_get0_peer_certificate", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_peername(_s: *mut SSL) -> *const c_char {
    unwritten("SSL_get0_peername", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get1_peer_certificate(_s: *const SSL) -> *mut X509 {
    unwritten("SSL_get1_peer_certificate", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_client_CA_list(_s: *const SSL) -> *mut stack_st_X509_NAME {
    unwritten("SSL_get_client_CA_list", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_ex_data_X509_STORE_CTX_idx() -> c_int {
    unwritten("SSL_get_ex_data_X509_STORE_CTX_idx", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_peer_cert_chain(_s: *const SSL) -> *mut stack_st_X509 {
    unwritten("SSL_get_peer_cert_chain", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_verify_callback(_s: *const SSL) -> SSL_verify_cb {
    unwritten("SSL_get_verify_callback", None)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_verify_depth(_s: *const SSL) -> c_int {
    unwritten("SSL_get_verify_depth", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_verify_mode(_s: *const SSL) -> c_int {
    unwritten("SSL_get_verify_mode", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_verify_result(_ssl: *const SSL) -> c_long {
    unwritten("SSL_get_verify_result", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_load_client_CA_file(_file: *const c_char) -> *mut stack_st_X509_NAME {
    unwritten("SSL_load_client_CA_file", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_load_client_CA_file_ex(
    _file: *const c_char,
    _libctx: *mut OSSL_LIB_CTX,
    _propq: *const c_char,
) -> *mut stack_st_X509_NAME {
    unwritten("SSL_load_client_CA_file_ex", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set0_CA_list(_s: *mut SSL, _name_list: *mut stack_st_X509_NAME) {
    unwritten("SSL_set0_CA_list", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set1_host(_s: *mut SSL, _hostname: *const c_char) -> c_int {
    unwritten("SSL_set1_host", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set1_param(_ssl: *mut SSL, _vpm: *mut X509_VERIFY_PARAM) -> c_int {
    unwritten("SSL_set1_param", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_client_CA_list(_s: *mut SSL, _name_list: *mut stack_st_X509_NAME) {
    unwritten("SSL_set_client_CA_list", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_hostflags(_s: *mut SSL, _flags: c_uint) {
    unwritten("SSL_set_hostflags", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_purpose(_ssl: *mut SSL, _purpose: c_int) -> c_int {
    unwritten("SSL_set_purpose", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_trust(_ssl: *mut SSL, _trust: c_int) -> c_int {
    unwritten("SSL_set_trust", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_verify(_s: *mut SSL, _mode: c_int, _callback: SSL_verify_cb) {
    unwritten("SSL_set_verify", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_verify_depth(_s: *mut SSL, _depth: c_int) {
    unwritten("SSL_set_verify_depth", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_verify_result(_ssl: *mut SSL, _v: c_long) {
    unwritten("SSL_set_verify_result", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_verify_client_post_handshake(_s: *mut SSL) -> c_int {
    unwritten("SSL_verify_client_post_handshake", 0)
}
