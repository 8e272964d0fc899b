//! Files of certificates and keys as openssl writes them: what is wrong with one is said with the next
//! step.

use std::fs;

use real_servers::require::{command, require_programs};

use crate::configuration::ConfigFile;

/// The keys of the settings.
const SETTINGS: &str = "tls-cert = \"cert.pem\"\ntls-key = \"key.pem\"\n";
/// A valid configuration without warnings.
const VALID: &str = "rdns: the configuration is valid\n";

/// A folder of settings, certificates and keys.
struct Files(ConfigFile);

impl Files {
    /// Makes a root, an intermediate authority, and the server's own certificate, `NAME.pem`, with
    /// their keys, `NAME.key`.
    fn new() -> Files {
        let files = Files(ConfigFile::new(SETTINGS));
        files
            .0
            .beside("ca.ext", "basicConstraints=critical,CA:TRUE\n");
        files
            .0
            .beside("own.ext", "subjectAltName=DNS:dns.home.test\n");
        let new = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        files.openssl(&format!(
            "req -x509 {new} -days 3650 -subj /CN=root -keyout root.key -out root.pem"
        ));
        for (name, issuer, extensions) in
            [("middle", "root", "ca.ext"), ("own", "middle", "own.ext")]
        {
            files.openssl(&format!(
                "req {new} -subj /CN={name} -keyout {name}.key -out {name}.csr"
            ));
            files.openssl(&format!(
                "x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -set_serial 7 -days 3650 -extfile {extensions} -out {name}.pem"
            ));
        }
        files
    }

    fn openssl(&self, arguments: &str) {
        let output = command("openssl")
            .args(arguments.split(' '))
            .current_dir(self.0.folder.path())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments}: {errors}");
    }

    /// Joins files.
    fn join(&self, names: &[&str]) -> Vec<u8> {
        let octets = names.iter().map(|name| self.read(name));
        octets.collect::<Vec<_>>().concat()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.folder.path().join(name)).unwrap()
    }

    fn write(&self, name: &str, octets: &[u8]) {
        fs::write(self.0.folder.path().join(name), octets).unwrap();
    }

    /// Returns what is said about a certificate and its key, each the content of these files.
    fn check(&self, certificate: &[&str], key: &[&str]) -> String {
        self.write("cert.pem", &self.join(certificate));
        self.write("key.pem", &self.join(key));
        let folder = format!("{}/", self.0.folder.path().display());
        self.0.run(&["--check-config"]).2.replace(&folder, "")
    }
}

#[test]
fn certificates_lead_from_each_to_its_issuer() {
    if !require_programs(&["openssl"]) {
        return;
    }
    let files = Files::new();
    files.openssl("pkcs8 -topk8 -in own.key -passout pass:secret -out locked.key");
    let noise = "-----BEGIN CERTIFICATE-----\nMAYCAQECAQE=\n-----END CERTIFICATE-----\n";
    files.write("noise.pem", noise.as_bytes());
    let gap = "rdns: cert.pem has certificates that do not lead to each other: number 1 is issued by CN=middle, and number 2 is that of CN=root; write the server's own first, then its issuer's, and so on\n";
    let order = "rdns: key.pem: is the key of certificate number 2 in cert.pem: the order there is wrong, write the server's own certificate first, then its issuer's\n";
    for (certificate, key, expected) in [
        (
            &["own.pem", "middle.pem", "root.pem"][..],
            &["own.key"][..],
            VALID,
        ),
        (&["own.pem", "middle.pem"], &["own.key"], VALID),
        (&["own.pem"], &["own.key"], VALID),
        (
            &["own.pem", "root.pem"],
            &["own.key"],
            &format!("{gap}{VALID}"),
        ),
        (&["middle.pem", "own.pem"], &["own.key"], order),
        (
            &["own.pem", "noise.pem"],
            &["own.key"],
            "rdns: cert.pem: its certificate number 2 does not parse: ",
        ),
        (
            &["own.pem"],
            &["root.key"],
            "rdns: key.pem: is not the key of the certificate in cert.pem\n",
        ),
        // Of several keys, the one that matches is used, also if another is encrypted.
        (&["own.pem"], &["root.key", "own.key"], VALID),
        (&["own.pem"], &["locked.key", "own.key"], VALID),
    ] {
        let got = files.check(certificate, key);
        assert!(
            got.starts_with(expected),
            "{certificate:?} {key:?}: {got}\nexpected: {expected}"
        );
    }
}

#[test]
fn keys_that_cannot_be_used_are_named_with_the_reason() {
    if !require_programs(&["openssl"]) {
        return;
    }
    let files = Files::new();
    files.openssl("pkcs8 -topk8 -in own.key -passout pass:secret -out locked.key");
    files.openssl("ec -in own.key -aes128 -passout pass:secret -out old-locked.key");
    let locked = "rdns: key.pem: has an encrypted private key, and a server has no passphrase: decrypt it with openssl pkey -in key.pem -out key.new.pem\n";
    assert_eq!(files.check(&["own.pem"], &["locked.key"]), locked);
    assert_eq!(files.check(&["own.pem"], &["old-locked.key"]), locked);
    files.openssl("ec -in own.key -out sec1.key");
    assert_eq!(files.check(&["own.pem"], &["sec1.key"]), VALID);
    for (flags, kind) in [
        ("EC -pkeyopt ec_paramgen_curve:P-521", "ECDSA with P-521"),
        (
            "EC -pkeyopt ec_paramgen_curve:secp256k1",
            "ECDSA with secp256k1",
        ),
        (
            "EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit",
            "ECDSA with a curve without a name",
        ),
        ("ED448", "Ed448"),
        ("X25519", "X25519"),
        ("RSA -pkeyopt rsa_keygen_bits:1024", "RSA with 1024 bits"),
        ("RSA-PSS -pkeyopt rsa_keygen_bits:2048", "RSA-PSS"),
    ] {
        files.openssl(&format!("genpkey -algorithm {flags} -out odd.key"));
        let expected = format!(
            "rdns: key.pem: has a private key of a kind that is not supported, {kind}: use RSA with 2048 to 4096 bits, ECDSA with P-256 or P-384, and Ed25519\n"
        );
        assert_eq!(files.check(&["own.pem"], &["odd.key"]), expected);
        // The older form, of those that have one.
        if kind.starts_with("ECDSA") || kind.starts_with("RSA with") {
            files.openssl("pkey -in odd.key -traditional -out odd-sec1.key");
            assert_eq!(files.check(&["own.pem"], &["odd-sec1.key"]), expected);
        }
    }
    for (flags, words) in [
        ("RSA -pkeyopt rsa_keygen_bits:2048", "is not the key of"),
        ("ED25519", "is not the key of"),
        ("EC -pkeyopt ec_paramgen_curve:P-384", "is not the key of"),
    ] {
        files.openssl(&format!("genpkey -algorithm {flags} -out odd.key"));
        let got = files.check(&["own.pem"], &["odd.key"]);
        assert!(got.contains(words), "{flags}: {got}");
    }
}

/// Binary forms are recognized, and the command converts them.
#[test]
fn files_in_binary_forms_are_to_be_converted() {
    if !require_programs(&["openssl"]) {
        return;
    }
    let files = Files::new();
    files.openssl("x509 -in own.pem -outform DER -out own.der");
    files.openssl("pkey -in own.key -outform DER -out key.der");
    files.openssl("pkcs12 -export -in own.pem -inkey own.key -certfile middle.pem -passout pass: -out own.p12");
    files.openssl("crl2pkcs7 -nocrl -certfile own.pem -outform DER -out own.p7b");
    for (form, certificate, key, command) in [
        (
            "DER",
            "own.der",
            "own.key",
            "x509 -inform DER -in cert.pem -out cert.new.pem",
        ),
        (
            "PKCS #12",
            "own.p12",
            "own.key",
            "pkcs12 -in cert.pem -nokeys -out cert.new.pem",
        ),
        (
            "PKCS #7",
            "own.p7b",
            "own.key",
            "pkcs7 -inform DER -print_certs -in cert.pem -out cert.new.pem",
        ),
        (
            "DER",
            "own.pem",
            "key.der",
            "pkey -inform DER -in key.pem -out key.new.pem",
        ),
        (
            "PKCS #12",
            "own.pem",
            "own.p12",
            "pkcs12 -in key.pem -nocerts -nodes -out key.new.pem",
        ),
    ] {
        let got = files.check(&[certificate], &[key]);
        let words =
            format!("is in {form} form, and PEM is needed: convert it with openssl {command}\n");
        assert!(got.ends_with(&words), "{got}, instead of {words}");
        let command = command.replace("pkcs12 ", "pkcs12 -passin pass: ");
        files.openssl(&command);
        let certificate = if command.contains("cert.") {
            "cert.new.pem"
        } else {
            certificate
        };
        let key = if command.contains("key.") {
            "key.new.pem"
        } else {
            key
        };
        assert_eq!(files.check(&[certificate], &[key]), VALID, "{command}");
    }
}

#[test]
fn a_file_of_authorities_is_checked_whole() {
    if !require_programs(&["openssl"]) {
        return;
    }
    let files = Files::new();
    let noise = "-----BEGIN CERTIFICATE-----\nMAYCAQECAQE=\n-----END CERTIFICATE-----\n";
    files.write("noise.pem", noise.as_bytes());
    files.openssl("x509 -in root.pem -outform DER -out root.der");
    files
        .0
        .write("[[forward]]\nzone = \"a.test\"\nservers = [\"192.0.2.1\"]\ntls-ca = \"ca.crt\"\n");
    for (authorities, expected) in [
        (&["root.pem", "middle.pem"][..], VALID),
        (
            &["root.pem", "noise.pem"],
            "rdns: ca.crt: its certificate number 2 does not parse\n",
        ),
        (
            &["noise.pem"],
            "rdns: ca.crt: its certificate does not parse\n",
        ),
        (
            &["root.der"],
            "rdns: ca.crt: is in DER form, and PEM is needed: convert it with openssl x509 -inform DER -in ca.crt -out ca.pem\n",
        ),
    ] {
        files.write("ca.crt", &files.join(authorities));
        assert_eq!(files.check(&[], &[]), expected, "{authorities:?}");
    }
}
