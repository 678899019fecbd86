#!/bin/bash
# deps.sh [build|optimized|demo|check|check-programs|audit|fuzz|bench]: makes sure that what the step needs is here.
# As root it installs what is missing with apt-get; otherwise it prints the
# command to run and fails.
set -u

packages=()

# need COMMAND PACKAGE: the package provides the command.
need() { PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null || packages+=("$2"); }

# The library that Tessera is compared with: how some connections fail, and what then
# becomes of their sessions, changed with OpenSSL 3.0.22.
oracle() {
    local package
    for package in libssl3 libssl-dev openssl; do
        dpkg --compare-versions "$(dpkg-query -W -f '${Version}' $package 2>/dev/null)" ge 3.0.22 || packages+=($package)
    done
}

build_tools() {
    need cc gcc
    need ld.bfd binutils
    need readelf binutils
    [ -e /usr/include/stdio.h ] || packages+=(libc6-dev)
    [ -e /usr/include/openssl/ssl.h ] || packages+=(libssl-dev)
}

profile_tools() { packaging/optimize.sh --tool >/dev/null 2>&1 || packages+=(llvm-19); }

programs() {
    need openssl openssl
    need curl curl
    need nginx nginx-light
    need ldd libc-bin
    need pgrep procps
}

programs_of_both() {
    need python3 python3
    need apache2 apache2-bin
    [ -x /usr/lib/postgresql/15/bin/postgres ] || packages+=(postgresql-15)
    need psql postgresql-client-15
    [ -e /usr/lib/python3.11/test/test_ssl.py ] || packages+=(libpython3.11-testsuite)
}

more_programs() {
    programs_of_both
    [ -e /usr/lib/nginx/modules/ngx_stream_module.so ] || packages+=(libnginx-mod-stream)
    [ -e /usr/lib/nginx/modules/ngx_mail_module.so ] || packages+=(libnginx-mod-mail)
    need stunnel4 stunnel4
    need lighttpd lighttpd
    [ -e /usr/lib/lighttpd/mod_openssl.so ] || packages+=(lighttpd-mod-openssl)
    need mosquitto mosquitto
    need mosquitto_pub mosquitto-clients
    need socat socat
    need ab apache2-utils
    need h2load nghttp2-client
    need wrk wrk
}

case ${1:-check} in
build) build_tools ;;
optimized)
    build_tools
    profile_tools
    ;;
bench)
    build_tools
    profile_tools
    programs
    need python3 python3
    need wrk wrk
    ;;
demo)
    build_tools
    programs
    ;;
check-programs)
    build_tools
    oracle
    programs
    more_programs
    ;;
audit) need python3 python3 ;;
fuzz)
    build_tools
    need c++ g++
    ;;
check)
    build_tools
    profile_tools
    oracle
    programs
    programs_of_both
    need pkg-config pkg-config
    need memcached memcached
    need vsftpd vsftpd
    need haproxy haproxy
    need redis-server redis-server
    need redis-cli redis-tools
    # Valgrind also needs libc's debug symbols where ld.so is stripped.
    valgrind -q true >/dev/null 2>&1 || packages+=(valgrind libc6-dbg)
    ;;
*)
    echo "usage: deps.sh [build|optimized|demo|check|check-programs|audit|fuzz|bench]" >&2
    exit 2
    ;;
esac

toolchain=0
need_cargo() {
    command -v cargo >/dev/null || {
        echo "cargo is missing: install a Rust toolchain (https://rustup.rs), 1.85 or later" >&2
        toolchain=1
        return
    }
    [ "${1:-check}" = check ] || return
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || {
        echo "rustfmt or clippy is missing: rustup component add rustfmt clippy" >&2
        toolchain=1
    }
}
[ "${1:-check}" = audit ] || need_cargo "${1:-check}"
[ $toolchain = 0 ] || exit 1

[ ${#packages[@]} = 0 ] && exit 0
mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
install="apt-get install -y --no-install-recommends ${packages[*]}"
if [ "$(id -u)" != 0 ]; then
    echo "Missing or too old: ${packages[*]}. As root:" >&2
    echo "    $install" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q && $install
