#!/bin/bash
# Python's ssl module, of Debian's python3, on stock, on Tessera, and on Tessera by
# LD_PRELOAD: the scenarios of python.py, each with the same outcome: contexts, sockets,
# memory BIOs, asyncio, sessions, certificates, errors by name and code.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
program=Python

python=/usr/bin/python3
which='import _ssl; print({l.split()[-1] for l in open("/proc/self/maps") if "libssl" in l}.pop())'

pki
openssl pkey -in pki/server.key -aes256 -passout pass:secret -out pki/encrypted.key
mkdir pki/hashed
cp pki/ca.pem pki/hashed/
openssl rehash pki/hashed
for library in stock tessera preload; do
    check "python3 runs on $library" is_library $library "$(on $library $python -c "$which" 2>&1)"
    on $library timeout 600 $python "$tree/tests/programs/python.py" pki >$library.out 2>$library.err
    result "the scenarios ended" $library is 0 $?
    result "nothing besides" $library is "" "$(grep -v '^# ' $library.err | tail -n 5)"
    while IFS=$'\t' read -r scenario pattern got; do
        outcome "$scenario" "$pattern" $library "$got"
    done <$library.out
done
verdicts "Python's ssl"
finish
