use super::pair::Pair;
use super::password::{hash, is_of};
use super::*;
use crate::base::Wall;
use crate::port::UserId;
use alloc::format;
use alloc::string::{String, ToString};
use proptest::prelude::*;

#[test]
fn r12_2_names_are_folded_and_refused() {
    for name in ["ana", "A.b-C_9", "0x0", &"x".repeat(32)] {
        assert_eq!(folded(name), Ok(name.to_lowercase()));
    }
    for name in ["", "ab", "an na", "\u{e4}nna", "123", "a/b", &"x".repeat(33), &"\0".repeat(9)] {
        assert!(matches!(folded(name), Err(Error::Name { .. })), "{name:?}");
    }
}

#[test]
fn r12_2_a_password_is_kept_as_a_salted_hash_that_says_its_cost() {
    let password = Password::new("correct horse");
    let first = hash(&password, [1; 16], Cost::LEAST).unwrap();
    let second = hash(&password, [2; 16], Cost::LEAST).unwrap();
    assert!(first.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{first}");
    assert!(first != second && is_of(&password, &first) && is_of(&password, &second));
    assert!(!is_of(&Password::new("correct h0rse"), &first));
    for damaged in ["", "$argon2id$", "plain", &first[..first.len() - 3]] {
        assert!(!is_of(&password, damaged), "{damaged}");
    }
    // What OWASP recommends, by the same text: a change of cost leaves old hashes as they are.
    let server = hash(&password, [1; 16], Cost::SERVER).unwrap();
    assert!(server.contains("m=19456,t=2,p=1") && is_of(&password, &server));
    for length in [0, 7, 257] {
        let refused = Password::new("x".repeat(length)).check();
        assert_eq!(refused, Err(Error::Password { got: length }));
    }
}

#[test]
fn r12_2_secrets_are_not_shown() {
    let wish = SignUp::new("ana", "open sesame");
    let asked = Ask::LogIn { name: "ana".into(), password: Password::new("open sesame") };
    let token: Token = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    let check = Ask::Check(token.clone());
    for shown in [format!("{wish:?}"), format!("{asked:?} {asked}"), format!("{check:?} {check}")] {
        assert!(!shown.contains("sesame") && !shown.contains(&token.secret()), "{shown}");
    }
    assert_eq!(asked.to_string(), "log in ana");
}

#[test]
fn r12_2_details_are_checked() {
    let with = |what: &str, value: &str| {
        let value = Some(String::from(value));
        match what {
            "email" => Changes { email: value, ..Changes::default() },
            "phone" => Changes { phone: value, ..Changes::default() },
            _ => Changes { display_name: value, ..Changes::default() },
        }
    };
    for (what, value) in [
        ("email", "ana@example.com"),
        ("email", "a@b"),
        ("email", ""),
        ("phone", "+821012345678"),
        ("phone", ""),
        ("display_name", "\u{c544}\u{b098}"),
    ] {
        assert_eq!(with(what, value).check(), Ok(()), "{what} {value}");
    }
    for (what, value) in [
        ("email", "ana"),
        ("email", "@example.com"),
        ("email", "ana@"),
        ("email", "a na@example.com"),
        ("email", "a\r\nBcc: x@example.com"),
        ("phone", "821012345678"),
        ("phone", "+12"),
        ("phone", "+1234567890123456"),
        ("display_name", ""),
        ("display_name", "a\nb"),
    ] {
        let refused = with(what, value).check();
        assert!(matches!(refused, Err(Error::Detail { what: got, .. }) if got == what), "{value}");
    }
}

const ANA: UserId = UserId(1);
const BEN: UserId = UserId(2);

/// The relation of both, seen from each.
fn relations(pair: &Pair) -> (Relation, Relation) {
    (pair.standing(ANA, BEN, 1).relation(), pair.standing(BEN, ANA, 1).relation())
}

#[test]
fn r11_2_a_friendship_is_what_both_want() {
    let now = Wall::from_millis(5);
    let step =
        |pair: Pair, step, me: UserId| pair.after(step, me, if me == ANA { BEN } else { ANA }, now);
    let asked = step(Pair::default(), Step::Befriend, BEN).unwrap();
    assert_eq!(relations(&asked), (Relation::Asks, Relation::Asked));
    let friends = step(asked, Step::Befriend, ANA).unwrap();
    assert_eq!(relations(&friends), (Relation::Friends, Relation::Friends));
    let declined = step(asked, Step::Part, ANA).unwrap();
    assert_eq!(relations(&declined), (Relation::Strangers, Relation::Strangers));
    let blocked = step(friends, Step::Block, ANA).unwrap();
    assert_eq!(relations(&blocked), (Relation::Blocked, Relation::Strangers));
    assert_eq!(step(blocked, Step::Befriend, ANA), Err(Error::Blocked { user: BEN }));
    assert_eq!(step(blocked, Step::Befriend, BEN), Err(Error::Closed { user: ANA }));
    // The blocked one cannot lift it.
    assert_eq!(step(blocked, Step::Unblock, BEN), Ok(blocked));
    let free = step(blocked, Step::Unblock, ANA).unwrap();
    assert_eq!(relations(&free), (Relation::Strangers, Relation::Strangers));
}

proptest! {
    #[test]
    fn r11_2_whatever_two_do_both_see_the_same_and_a_step_twice_is_one(
        steps in prop::collection::vec((0_u8..4, any::<bool>()), 0..30)
    ) {
        let mut pair = Pair::default();
        for (step, by_ana) in steps {
            let step = [Step::Befriend, Step::Part, Step::Block, Step::Unblock][usize::from(step)];
            let (me, other) = if by_ana { (ANA, BEN) } else { (BEN, ANA) };
            let Ok(after) = pair.after(step, me, other, Wall::default()) else { continue };
            prop_assert_eq!(after.after(step, me, other, Wall::default()), Ok(after));
            pair = after;
            let (ana, ben) = (pair.standing(ANA, BEN, 1), pair.standing(BEN, ANA, 1));
            prop_assert_eq!((ana.mine, ana.theirs), (ben.theirs, ben.mine));
            prop_assert_eq!(ana.is_hidden(), ben.is_hidden());
            let friends = (Relation::Friends, Relation::Friends);
            prop_assert_eq!(relations(&pair) == friends, relations(&pair).0 == Relation::Friends);
            prop_assert!(!(ana.is_hidden() && relations(&pair).0 == Relation::Friends));
        }
    }
}
