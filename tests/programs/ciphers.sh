#!/bin/bash
# `openssl ciphers` on both libraries, for many rule strings: what rustls lacks is
# left out, the rest is in the same order; a rule that is an error is one on both.
set -u
# shellcheck source=tests/programs/lib.sh
. "$(dirname "$0")/lib.sh"
program=openssl

# The suites that rustls has, one line each as OpenSSL's tool lists them.
suites="TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 TLS_AES_128_GCM_SHA256
ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305
ECDHE-RSA-CHACHA20-POLY1305 ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256"

rules() {
    cat <<'EOF'
ALL
DEFAULT
COMPLEMENTOFDEFAULT
COMPLEMENTOFALL
HIGH
MEDIUM
LOW
FIPS
eNULL
aNULL
kRSA
aRSA
RSA
kDHE
kEDH
DHE
EDH
ADH
kECDHE
kEECDH
ECDHE
EECDH
ECDH
AECDH
aECDSA
ECDSA
aDSS
DSS
kPSK
aPSK
PSK
kSRP
aSRP
kGOST
aGOST
TLSv1.2
TLSv1.0
TLSv1
SSLv3
AES128
AES256
AES
AESGCM
AESCCM
AESCCM8
ARIA
ARIA128
ARIA256
CAMELLIA
CAMELLIA128
CHACHA20
3DES
RC4
SEED
IDEA
CBC
MD5
SHA1
SHA
SHA256
SHA384
SUITEB128
SUITEB128ONLY
SUITEB128C2
SUITEB192
HIGH:!aNULL
HIGH:!aNULL:!MD5
HIGH:!aNULL:!eNULL:!EXPORT:!DES:!RC4:!MD5:!PSK
HIGH:MEDIUM:!aNULL:!MD5:!RC4
ALL:!ADH:!LOW:!EXP:!MD5:@STRENGTH
ALL:@STRENGTH
@STRENGTH
HIGH:@STRENGTH:!CHACHA20
ECDHE:@STRENGTH
ALL:+AES256
ALL:+AES256:+CHACHA20
ALL:+aECDSA
HIGH:+ECDHE
ALL:-AES128
ALL:-AES128:AES128
ALL:!AES128:AES128
ALL:-ALL
ALL:!ALL
ALL:-ALL:AESGCM
-AES:ALL
!AES256:ALL
!kECDHE:ALL
AES128:AES256:CHACHA20
CHACHA20:AES128
CHACHA20:ALL
AESGCM:!aRSA
AESGCM+aRSA
AESGCM+AES128
AES128+aECDSA:AES256+aRSA
ECDHE+AESGCM:ECDHE+CHACHA20
EECDH+AESGCM:EDH+AESGCM:AES256+EECDH
EECDH+CHACHA20:EECDH+AES128:RSA+AES128:EECDH+AES256:RSA+AES256:!MD5
kECDHE+HIGH
ECDHE+HIGH:DHE+HIGH
ECDHE+aRSA+AES256+AESGCM
TLSv1.2+HIGH
TLSv1.2:!aECDSA
TLSv1.2:+AES128
DEFAULT:!DH
DEFAULT:+AES128
DEFAULT:-CHACHA20
DEFAULT:!AESGCM
DEFAULT@SECLEVEL=1
DEFAULT:@SECLEVEL=0
DEFAULT:@SECLEVEL=2
DEFAULT:@SECLEVEL=3
ALL:@SECLEVEL=4
ALL:@SECLEVEL=5
HIGH:@SECLEVEL=3:!aRSA
ALL:@SECLEVEL=6
ALL:@SECLEVEL=x
ALL:@SECLEVEL
ALL:@NOTHING
ECDHE-RSA-AES128-GCM-SHA256
ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384
ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256
ECDHE-RSA-AES256-GCM-SHA384:NOTHING:ECDHE-RSA-AES128-GCM-SHA256
ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-GCM-SHA256
ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256
-ECDHE-RSA-AES128-GCM-SHA256:ALL
ALL:!ECDHE-RSA-AES128-GCM-SHA256
ALL:+ECDHE-RSA-AES256-GCM-SHA384
TLS_AES_128_GCM_SHA256
TLS_AES_128_GCM_SHA256:ECDHE
NOTHING
NOTHING:ALL
NOTHING+AES:ALL
ALL:NOTHING
ALL;!AES128
ALL,!AES128
ALL !AES128
ALL::AES
:ALL
ALL:
ALL:!
ALL:+
all
high
DEFAULT:DEFAULT
ALL:DEFAULT
HIGH:DEFAULT
HIGH+
HIGH++AES
*
ALL:*
ALL:$
EOF
}

# The lines of suites that rustls has.
kept() { awk -v suites="$suites" 'BEGIN { n = split(suites, list); for (i = 1; i <= n; i++) has[list[i]] } $name in has' name="$1"; }

# The reason that the tool ended with.
reason() { sed -n 's/.*:SSL routines:[^:]*:\([^:]*\):.*/\1/p' "$1" | tail -n 1; }

# compare RULE NAME-FIELD OPTION...: the tool with those options on both.
compare() {
    local rule=$1 field=$2 name stock tessera status_stock=0 status_tessera=0
    shift 2
    name="ciphers $*: $rule"
    stock=$(on stock openssl ciphers "$@" -- "$rule" 2>"$work/stock.err") || status_stock=$?
    tessera=$(on tessera openssl ciphers "$@" -- "$rule" 2>"$work/tessera.err") || status_tessera=$?
    stock=$(kept "$field" <<<"$stock")
    # A rule of which rustls has nothing is an error, where OpenSSL has something.
    if [ "$status_stock" = 0 ] && ! grep -q '^[^T]' <<<"$(awk -v n="$field" '{ print $n }' <<<"$stock")"; then
        result "$name" stock is 0 $status_stock
        explains "$name" tessera "none of these suites" is "1 no cipher match" "$status_tessera $(reason "$work/tessera.err")"
        return
    fi
    stock="exit $status_stock $(reason "$work/stock.err"), $(grep -c . <<<"$stock") of ours"$'\n'"$stock"
    tessera="exit $status_tessera $(reason "$work/tessera.err"), $(grep -c . <<<"$tessera") of ours"$'\n'"$tessera"
    result "$name" stock matches "$stock" "exit @(0|1) *"
    result "$name" tessera is "$stock" "$tessera"
}

while IFS= read -r rule; do
    compare "$rule" 1 -v
    compare "$rule" 5 -V -stdname
    compare "$rule" 1 -v -s -tls1_2
done < <(rules)
finish
