//! Plain rustls, without an OpenSSL interface in front of it: what Tessera could be
//! at best. The same work as `bench/tls.c`, by the same names, over unbuffered
//! connections and buffers in memory.
//!
//! usage: ceiling --list | NAME SECONDS | NAME xCOUNT, with the folder of the
//! certificates (`ecdsa.crt`, `ecdsa.key`, `rsa2048.crt`, `rsa2048.key`; DER) in
//! `BENCH_KEYS`.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{UnbufferedClientConnection, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{
    NoServerSessionStorage, ServerSessionMemoryCache, UnbufferedServerConnection, WebPkiClientVerifier,
};
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};
use rustls::{
    CipherSuite, ClientConfig, DigitallySignedStruct, Error, HandshakeKind, RootCertStore, ServerConfig,
    SignatureScheme, version,
};

const NAMES: &[&str] = &[
    "full-1.3-ecdsa",
    "full-1.3-ecdsa-unverified",
    "full-1.3-ecdsa-mutual",
    "full-1.3-ecdsa-default-groups",
    "full-1.3-rsa2048",
    "full-1.3-rsa2048-unverified",
    "full-1.3-rsa2048-mutual",
    "full-1.2-ecdsa",
    "full-1.2-ecdsa-unverified",
    "full-1.2-ecdsa-mutual",
    "full-1.2-rsa2048",
    "full-1.2-rsa2048-unverified",
    "full-1.2-rsa2048-mutual",
    "resumed-1.3",
    "resumed-1.2-ticket",
    "resumed-1.2-id",
    "bulk-1.3-aes128",
    "bulk-1.3-aes256",
    "bulk-1.3-chacha20",
    "bulk-1.2-aes128",
    "bulk-1.3-aes128-1k",
    "bulk-1.3-aes256-1k",
    "bulk-1.3-chacha20-1k",
    "bulk-1.2-aes128-1k",
    "echo-1.3",
    "echo-1.2",
];

/// A side's connection, what it has received and not used, and what it sends.
struct End<C> {
    connection: C,
    input: Vec<u8>,
    output: Vec<u8>,
}

struct Pair {
    client: End<UnbufferedClientConnection>,
    server: End<UnbufferedServerConnection>,
}

/// Lets one side work on its input, and then write `$data`. Whether its handshake
/// is over; plaintext goes to `$got`.
macro_rules! work {
    ($end:expr, $data:expr, $got:expr) => {{
        let (end, data, got): (_, &[u8], &mut Vec<u8>) = ($end, $data, $got);
        let mut used = 0;
        let done = loop {
            let UnbufferedStatus { discard, state, .. } = end.connection.process_tls_records(&mut end.input[used..]);
            match state.unwrap() {
                ConnectionState::EncodeTlsData(mut record) => {
                    let start = end.output.len();
                    end.output.resize(start + 4096, 0);
                    let len = record.encode(&mut end.output[start..]).unwrap();
                    end.output.truncate(start + len);
                }
                ConnectionState::TransmitTlsData(flight) => flight.done(),
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        got.extend_from_slice(record.unwrap().payload);
                    }
                }
                ConnectionState::WriteTraffic(mut traffic) => {
                    if !data.is_empty() {
                        let start = end.output.len();
                        end.output.resize(start + data.len() + 64, 0);
                        let len = traffic.encrypt(data, &mut end.output[start..]).unwrap();
                        end.output.truncate(start + len);
                    }
                    used += discard;
                    break true;
                }
                ConnectionState::BlockedHandshake => {
                    used += discard;
                    break false;
                }
                state => panic!("{state:?}"),
            }
            used += discard;
        };
        end.input.drain(..used);
        done
    }};
}

impl Pair {
    fn handshake(bench: &Bench) -> Self {
        let name = ServerName::try_from("localhost").unwrap();
        let client = UnbufferedClientConnection::new(bench.client.clone(), name).unwrap();
        let server = UnbufferedServerConnection::new(bench.server.clone()).unwrap();
        let mut pair = Self {
            client: End { connection: client, input: Vec::new(), output: Vec::new() },
            server: End { connection: server, input: Vec::new(), output: Vec::new() },
        };
        let (mut client_done, mut server_done) = (false, false);
        let mut got = Vec::new();
        while !client_done || !server_done || !pair.client.input.is_empty() {
            client_done = work!(&mut pair.client, &[], &mut got);
            pair.server.input.append(&mut pair.client.output);
            server_done = work!(&mut pair.server, &[], &mut got);
            pair.client.input.append(&mut pair.server.output);
        }
        pair
    }

    fn deliver_to_client(&mut self, data: &[u8], got: &mut Vec<u8>) {
        work!(&mut self.server, data, got);
        self.client.input.append(&mut self.server.output);
        work!(&mut self.client, &[], got);
        assert_eq!(got.len(), data.len());
        got.clear();
    }

    fn deliver_to_server(&mut self, data: &[u8], got: &mut Vec<u8>) {
        work!(&mut self.client, data, got);
        self.server.input.append(&mut self.client.output);
        work!(&mut self.server, &[], got);
        assert_eq!(got.len(), data.len());
        got.clear();
    }
}

struct Bench {
    name: &'static str,
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

impl Bench {
    fn new(name: &'static str) -> Self {
        let has = |choice: &str| name.split('-').any(|part| part == choice);
        let suite = match (has("1.2"), has("rsa2048"), has("aes256"), has("chacha20")) {
            (true, true, ..) => CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            (true, ..) => CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            (_, _, true, _) => CipherSuite::TLS13_AES_256_GCM_SHA384,
            (_, _, _, true) => CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
            _ => CipherSuite::TLS13_AES_128_GCM_SHA256,
        };
        let mut provider = CryptoProvider {
            cipher_suites: aws_lc_rs::ALL_CIPHER_SUITES.iter().copied().filter(|one| one.suite() == suite).collect(),
            ..aws_lc_rs::default_provider()
        };
        if !has("default") {
            provider.kx_groups = vec![aws_lc_rs::kx_group::X25519, aws_lc_rs::kx_group::SECP256R1];
        }
        let provider = Arc::new(provider);
        let versions = if has("1.2") { [&version::TLS12] } else { [&version::TLS13] };
        let folder = std::env::var("BENCH_KEYS").expect("BENCH_KEYS");
        let kind = if has("rsa2048") { "rsa2048" } else { "ecdsa" };
        let certificate = CertificateDer::from(std::fs::read(format!("{folder}/{kind}.crt")).unwrap());
        let key = || PrivateKeyDer::try_from(std::fs::read(format!("{folder}/{kind}.key")).unwrap()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let roots = Arc::new(roots);

        let verifier = WebPkiServerVerifier::builder_with_provider(roots.clone(), provider.clone()).build().unwrap();
        let verifier: Arc<dyn ServerCertVerifier> =
            if has("unverified") { Arc::new(SignatureOnly(verifier)) } else { verifier };
        let client = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&versions)
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut client = match has("mutual") {
            true => client.with_client_auth_cert(vec![certificate.clone()], key()).unwrap(),
            false => client.with_no_client_auth(),
        };
        if !has("resumed") {
            client.resumption = rustls::client::Resumption::disabled();
        }
        let server = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&versions).unwrap();
        let server = match has("mutual") {
            true => server.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(roots, provider).build().unwrap(),
            ),
            false => server.with_no_client_auth(),
        };
        let mut server = server.with_single_cert(vec![certificate], key()).unwrap();
        server.session_storage = Arc::new(NoServerSessionStorage {});
        if has("id") {
            server.session_storage = ServerSessionMemoryCache::new(1000);
        } else {
            server.ticketer = aws_lc_rs::Ticketer::new().unwrap();
        }
        if has("resumed") {
            server.send_tls13_tickets = 1;
        }
        Self { name, client: Arc::new(client), server: Arc::new(server) }
    }

    fn has(&self, choice: &str) -> bool {
        self.name.split('-').any(|part| part == choice)
    }

    /// The work of one unit, and how much that is.
    fn work(self) -> (Box<dyn FnMut()>, f64) {
        let size = if self.has("1k") { 1024 } else { 16384 };
        if self.has("bulk") {
            let (mut pair, data, mut got) = (Pair::handshake(&self), vec![0; size], Vec::new());
            let work = move || {
                for _ in 0..(1 << 20) / size {
                    pair.deliver_to_client(&data, &mut got);
                }
                for _ in 0..(1 << 20) / size {
                    pair.deliver_to_server(&data, &mut got);
                }
            };
            return (Box::new(work), 2.0 * 1.048576);
        }
        if self.has("echo") {
            let (mut pair, mut got) = (Pair::handshake(&self), Vec::new());
            let work = move || {
                pair.deliver_to_server(&[0; 100], &mut got);
                pair.deliver_to_client(&[0; 100], &mut got);
            };
            return (Box::new(work), 1.0);
        }
        let resumed = self.has("resumed");
        if resumed {
            Pair::handshake(&self);
        }
        let work = move || {
            let pair = Pair::handshake(&self);
            let kind = pair.client.connection.handshake_kind();
            assert_eq!(kind == Some(HandshakeKind::Resumed), resumed);
        };
        (Box::new(work), 1.0)
    }
}

/// Accepts any certificate.
#[derive(Debug)]
struct SignatureOnly(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for SignatureOnly {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// CPU time that this process has used.
fn cpu_time() -> Duration {
    // Nanoseconds on a CPU come first (proc(5)); there is one thread.
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

#[inline(never)]
fn measured(work: &mut dyn FnMut(), count: u64) {
    for _ in 0..count {
        work();
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, much] = &arguments[..] else {
        NAMES.iter().for_each(|name| println!("{name}"));
        return;
    };
    let name = NAMES.iter().find(|known| *known == name).expect("a name of --list");
    let (mut work, units) = Bench::new(name).work();
    measured(&mut work, 5);
    if let Some(count) = much.strip_prefix('x') {
        return measured(&mut work, count.parse().unwrap());
    }
    let (started, mut count, seconds) = (cpu_time(), 0, much.parse().unwrap());
    let batch = if name.starts_with("bulk") { 1 } else { 10 };
    let spent = loop {
        measured(&mut work, batch);
        count += batch;
        let spent = (cpu_time() - started).as_secs_f64();
        if spent > seconds {
            break spent;
        }
    };
    println!("{:.1}", count as f64 * units / spent);
}
