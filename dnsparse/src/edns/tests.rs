//! Options keep their octets, and show their meaning.

use proptest::prelude::*;

use super::*;

fn shown(code: u16, octets: &str) -> String {
    let octets = hex::decode(octets.replace(' ', "")).unwrap();
    EdnsOption::from_octets(code, &octets).to_string()
}

/// The output of dig 9.18 for these octets.
#[test]
fn options_look_as_in_dig() {
    let options = [
        shown(3, "6c6f6e0122"),
        shown(3, ""),
        shown(8, "0001 18 00 c00002"),
        shown(8, "0002 38 30 20010db8000001"),
        shown(10, "0001020304050607 000102030405060708090a0b0c0d0e0f"),
        shown(11, "012c"),
        shown(11, ""),
        shown(12, "000000000000000000000000"),
        shown(12, ""),
        shown(15, "0012 6e6f7420666f7220796f75"),
        shown(15, "0fa0"),
        shown(15, "0006 6122625c0a00"),
        shown(65001, "68656c6c6fff"),
        shown(65002, ""),
    ];
    insta::assert_snapshot!(options.join("\n"), @r#"
    NSID: 6c 6f 6e 01 22 ("lon."")
    NSID:
    CLIENT-SUBNET: 192.0.2.0/24/0
    CLIENT-SUBNET: 2001:db8:0:100::/56/48
    COOKIE: 0001020304050607000102030405060708090a0b0c0d0e0f
    TCP KEEPALIVE: 30.0 secs
    TCP KEEPALIVE:
    PAD: (12 bytes)
    PAD:
    EDE: 18 (Prohibited): (not for you)
    EDE: 4000
    EDE: 6 (DNSSEC Bogus): (a"b\..)
    OPT=65001: 68 65 6c 6c 6f ff ("hello.")
    OPT=65002:
    "#);
}

#[test]
fn badly_formed_options_stay_octets() {
    for (code, octets, what) in [
        (8, "0001 18 00 c000", "an octet too few for the prefix"),
        (8, "0001 18 00 c0000201", "an octet too many"),
        (8, "0001 17 00 c00003", "a bit after the prefix"),
        (
            8,
            "0001 21 00 c000020101",
            "a prefix longer than the address",
        ),
        (8, "0001 18 21 c00002", "a scope longer than the address"),
        (8, "0003 00 00", "an unknown family"),
        (8, "0101 00 00", "an unknown family"),
        (8, "0001 18", "no scope"),
        (10, "00010203040506", "half a cookie"),
        (10, "0001020304050607 00", "a server's cookie of one octet"),
        (11, "01", "half a number"),
        (12, "0001", "padding with a meaning"),
        (15, "00", "half a code"),
        (15, "0000 ff", "text that is not UTF-8"),
    ] {
        assert!(
            shown(code, octets).starts_with(&format!("OPT={code}: ")),
            "{what}"
        );
    }
}

#[test]
fn a_subnet_is_written_without_the_bits_after_its_prefix() {
    let careless = ClientSubnet {
        address: [192, 0, 2, 255].into(),
        source_prefix: 25,
        scope_prefix: 0,
    };
    assert_eq!(
        EdnsOption::ClientSubnet(careless).octets(),
        [0, 1, 25, 0, 192, 0, 2, 128]
    );
    let none = ClientSubnet::new([192, 0, 2, 255].into(), 0);
    assert_eq!(EdnsOption::ClientSubnet(none).octets(), [0, 1, 0, 0]);
}

proptest! {
    #[test]
    fn options_keep_their_octets(code in 0..20u16, octets in prop::collection::vec(prop_oneof![0..4u8, any::<u8>()], 0..40)) {
        let option = EdnsOption::from_octets(code, &octets);
        prop_assert_eq!(option.octets(), octets);
        prop_assert_eq!(option.code(), code);
    }
}
