#!/usr/bin/env python3
"""run.py [NAME...]: the same work on the stock libssl, on Tessera and, where there is
that, by plain rustls, which is what could be reached at best. The libraries take
turns for so many rounds; shown are medians, Tessera's ratio to stock with the lowest
and the highest of the rounds, and its share of plain rustls. Written to
build/bench.json too. Names are those of `tls --list`, `load` and `nginx`; without
any, all there is.

    ROUNDS=5 SECONDS_EACH=0.5    how often and how long
"""
import json
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

here = os.path.dirname(os.path.abspath(__file__))
tree = os.path.dirname(here)
library = os.environ.get("TESSERA_LIBRARY_DIR", f"{tree}/target/release")
rounds = int(os.environ.get("ROUNDS", 5))
seconds = os.environ.get("SECONDS_EACH", "0.5")
build = f"{tree}/build"
keys = f"{build}/keys"
plain = {name: value for name, value in os.environ.items() if name not in ("LD_LIBRARY_PATH", "LD_PRELOAD")}
environments = {
    "stock": plain,
    "tessera": dict(plain, LD_LIBRARY_PATH=library),
    "rustls": dict(plain, BENCH_KEYS=keys),
}
programs = {"stock": f"{build}/tls", "tessera": f"{build}/tls", "rustls": f"{tree}/target/release/examples/ceiling"}


def run(arguments, which="stock", **more):
    done = subprocess.run(arguments, env=environments[which], capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)} on {which}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


# --- What is run ---------------------------------------------------------------

def make_keys():
    if os.path.exists(f"{keys}/rsa2048.key"):
        return
    os.makedirs(keys, exist_ok=True)
    for name, kind in (("ecdsa", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]), ("rsa2048", ["rsa:2048"])):
        key, certificate = f"{keys}/{name}.key.pem", f"{keys}/{name}.pem"
        run(["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-keyout", key, "-out", certificate, "-days", "3650",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-addext", "basicConstraints=critical,CA:FALSE"])
        run(["openssl", "x509", "-in", certificate, "-outform", "DER", "-out", f"{keys}/{name}.crt"])
        run(["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", key, "-outform", "DER", "-out", f"{keys}/{name}.key"])


def build_all():
    os.makedirs(build, exist_ok=True)
    run([os.environ.get("CC", "cc"), "-O2", "-Wall", "-Wextra", "-o", programs["stock"], f"{here}/tls.c", "-lssl",
         "-lcrypto", "-lpthread"])
    run([os.environ.get("CARGO", "cargo"), "build", "--release", "--quiet", "--example", "ceiling"], cwd=tree)
    make_keys()
    ours = os.path.realpath(f"{library}/libssl.so.3")
    on = {which: os.path.realpath(run([programs[which], "--library"], which).strip()) for which in ("stock", "tessera")}
    if on["tessera"] != ours or on["stock"] == ours:
        sys.exit(f"the program does not run on the two libraries: {on}")


# --- Kinds of measurement: each gives a function of the library ---------------

def tls(name):
    return lambda which: float(run([programs[which], name, seconds], which))


def load(which):
    """Starts of `curl --version` per CPU second."""
    def cpu():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime
    started = cpu()
    for _ in range(20):
        run(["curl", "--version"], which)
    return 20 / (cpu() - started)


CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e; keepalive_requests 1000000;
    server {{
        listen 127.0.0.1:{port} ssl; root {folder};
        ssl_certificate {keys}/ecdsa.pem; ssl_certificate_key {keys}/ecdsa.key.pem;
        ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:s:1m; ssl_ecdh_curve X25519:P-256;
        location = /small {{ return 200 "hello\\n"; }}
    }}
}}
"""


class Nginx:
    """A server of one worker; rates are per CPU second of that worker."""

    def __init__(self, which):
        self.folder = tempfile.mkdtemp()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        with open(f"{self.folder}/large", "wb") as large:
            large.write(bytes(1 << 20))
        os.chmod(self.folder, 0o755)
        with open(f"{self.folder}/nginx.conf", "w") as out:
            out.write(CONFIGURATION.format(folder=self.folder, keys=keys, port=self.port))
        path = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        self.master = subprocess.Popen([path, "-c", f"{self.folder}/nginx.conf"], env=environments[which])
        self.url = f"https://127.0.0.1:{self.port}"

    def __enter__(self):
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except OSError:
                time.sleep(0.05)
        children = f"/proc/{self.master.pid}/task/{self.master.pid}/children"
        self.worker = open(children).read().split()[0]
        return self

    def __exit__(self, *_):
        self.master.terminate()
        self.master.wait()
        shutil.rmtree(self.folder)

    def cpu(self):
        fields = open(f"/proc/{self.worker}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wrk(*options, path):
    def measure(server):
        done = run(["wrk", "-t1", "-c8", f"-d{max(1, round(2 * float(seconds)))}s", *options, server.url + path])
        return int(re.search(r"(\d+) requests in", done).group(1))
    return measure


def s_time(version):
    def measure(server):
        done = run(["openssl", "s_time", "-connect", f"127.0.0.1:{server.port}", "-reuse", version, "-www", "/small",
                    "-time", str(max(1, round(2 * float(seconds))))])
        return int(re.search(r"(\d+) connections in \d+ real seconds", done).group(1))
    return measure


NGINX = {
    "nginx-new-1.3": wrk("-H", "Connection: close", path="/small"),
    "nginx-resumed-1.2": s_time("-tls1_2"),
    "nginx-resumed-1.3": s_time("-tls1_3"),
    "nginx-requests": wrk(path="/small"),
    "nginx-1MiB": wrk(path="/large"),
}


def nginx(name):
    def measure(which):
        with Nginx(which) as server:
            started = server.cpu()
            count = NGINX[name](server)
            return count / max(server.cpu() - started, 0.01)
    return measure


# --- The table ---------------------------------------------------------------

def unit_of(name):
    if name.startswith("heap"):
        return "bytes"
    return "MB/s" if name.startswith("bulk") else "/s"


def compare(name, measure, with_rustls):
    values = {"stock": [], "tessera": [], "rustls": []}
    for number in range(rounds):
        order = ["stock", "tessera"] if number % 2 == 0 else ["tessera", "stock"]
        for which in order + (["rustls"] if with_rustls else []):
            values[which].append(measure(which))
    values = {which: found for which, found in values.items() if found}
    better = (lambda s, t: s / t) if unit_of(name) == "bytes" else (lambda s, t: t / s)
    ratios = [better(s, t) for s, t in zip(values["stock"], values["tessera"])]
    median = {which: statistics.median(found) for which, found in values.items()}
    row = {"name": name, "unit": unit_of(name), "median": median, "rounds": values,
           "ratio": better(median["stock"], median["tessera"]), "ratio_range": [min(ratios), max(ratios)]}
    if "rustls" in median:
        row["of_rustls"] = median["tessera"] / median["rustls"]
        row["rustls_ratio"] = median["rustls"] / median["stock"]
    return row


def show(row):
    rustls, share = "", ""
    if "of_rustls" in row:
        rustls, share = f"{row['median']['rustls']:.1f}", f"{100 * row['of_rustls']:.0f} %"
    spread = "{:.2f}-{:.2f}".format(*row["ratio_range"])
    print(f"{row['name'] + ' (' + row['unit'] + ')':38} {row['median']['stock']:>11.1f} {row['median']['tessera']:>11.1f}"
          f" {row['ratio']:>6.2f}x {spread:>10} {rustls:>11} {share:>6}", flush=True)


def main():
    build_all()
    here_names = run([programs["stock"], "--list"]).split()
    rustls_names = run([programs["rustls"]], "rustls").split()
    measures = {name: tls(name) for name in here_names}
    if shutil.which("curl"):
        measures["load-curl"] = load
    for name in NGINX:
        tool = "openssl" if "resumed" in name else "wrk"
        if shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") and shutil.which(tool):
            measures[name] = nginx(name)
    wanted = sys.argv[1:]
    chosen = {name: measures[name] for name in measures if not wanted or any(name.startswith(w) for w in wanted)}
    model = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
    about = {"stock": run(["openssl", "version"]).strip(), "cpu": model.group(1) if model else "unknown",
             "rounds": rounds, "seconds": float(seconds), "load": os.getloadavg()[0]}
    print(f"medians of {rounds} rounds of {seconds} s; {about['stock']}; {about['cpu']}; load {about['load']:.1f}")
    print(f"{'':38} {'stock':>11} {'Tessera':>11} {'ratio':>7} {'range':>10} {'rustls':>11} {'share':>6}")
    rows = []
    for name, measure in chosen.items():
        rows.append(compare(name, measure, name in rustls_names))
        show(rows[-1])
    with open(f"{build}/bench.json", "w") as out:
        json.dump({"about": about, "rows": rows}, out, indent=1)


main()
