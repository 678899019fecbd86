# Tessera: build, show, test, measure and install a drop-in libssl.so.3.

PREFIX  ?= /usr/local
DESTDIR ?=
CARGO   ?= cargo
CC      ?= cc
CFLAGS  ?= -O2 -g -Wall -Wextra

FUZZ_SECONDS ?= 60
FUZZ_TARGET  ?=

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
OPTIMIZED := target/optimized/release

# A private folder: the system's libssl is never written over.
libdir      = $(PREFIX)/lib/tessera
includedir  = $(PREFIX)/include/tessera
pcdir       = $(PREFIX)/lib/pkgconfig
bindir      = $(PREFIX)/bin

.PHONY: build optimized demo check audit check-programs fuzz bench header compatibility programs-page install uninstall clean

build:
	tests/deps.sh build
	$(CARGO) build --release

# The library to install: compiled twice, the second time by what the first one counted.
optimized:
	tests/deps.sh optimized
	packaging/optimize.sh

demo: build
	tests/deps.sh demo
	examples/demo.sh

check:
	tests/deps.sh check
	tests/check.sh

# Whether Cargo.lock has a version of a crate with a known advisory.
audit:
	tests/deps.sh audit
	tests/audit.py

# The tests of real programs that take minutes.
check-programs:
	tests/deps.sh check-programs
	tests/check.sh programs

# Inputs that no test thought of, FUZZ_SECONDS for each target, or for FUZZ_TARGET alone.
fuzz:
	tests/deps.sh fuzz
	FUZZ_SECONDS=$(FUZZ_SECONDS) fuzz/run.sh $(FUZZ_TARGET)

bench:
	tests/deps.sh bench
	packaging/optimize.sh
	TESSERA_LIBRARY_DIR=$(CURDIR)/$(OPTIMIZED) bench/run.py
	TESSERA_LIBRARY_DIR=$(CURDIR)/$(OPTIMIZED) bench/cache.sh

# Writes include/openssl/ssl.h again from the Rust sources.
header:
	TESSERA_UPDATE_HEADER=1 $(CARGO) test --test header

# Writes docs/compatibility.md again from abi/ and docs/programs.md.
compatibility:
	tests/compatibility.py --write

# Writes docs/programs.md again from the last `make check` and `make check-programs`.
programs-page:
	tests/programs/table.py --write
	tests/compatibility.py --write

# Installs what was made last, by `make optimized` or `make build`; builds only if there is
# nothing to install, so that `sudo make install` needs no toolchain.
newest = ls -tL target/release/libssl.so.3 $(OPTIMIZED)/libssl.so.3 2>/dev/null | head -n 1
install:
	test -n "$$($(newest))" || $(MAKE) build
	install -d $(DESTDIR)$(libdir) $(DESTDIR)$(includedir)/openssl $(DESTDIR)$(pcdir) $(DESTDIR)$(bindir)
	install -m 755 "$$($(newest))" $(DESTDIR)$(libdir)/libssl.so.3
	ln -sf libssl.so.3 $(DESTDIR)$(libdir)/libssl.so
	install -m 644 include/openssl/ssl.h $(DESTDIR)$(includedir)/openssl/ssl.h
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' packaging/tessera.pc.in > $(DESTDIR)$(pcdir)/tessera.pc
	chmod 644 $(DESTDIR)$(pcdir)/tessera.pc
	install -m 755 bin/tessera $(DESTDIR)$(bindir)/tessera

uninstall:
	rm -f $(DESTDIR)$(libdir)/libssl.so.3 $(DESTDIR)$(libdir)/libssl.so
	rm -f $(DESTDIR)$(includedir)/openssl/ssl.h
	rm -f $(DESTDIR)$(pcdir)/tessera.pc $(DESTDIR)$(bindir)/tessera
	-rmdir $(DESTDIR)$(libdir) $(DESTDIR)$(includedir)/openssl $(DESTDIR)$(includedir)

clean:
	$(CARGO) clean
	rm -rf build capi-tests/build
