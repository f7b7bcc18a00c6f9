//! Tokens: who a request comes from.
//!
//! A token is a JWT signed with HS256 (RFC 7519) over a secret that is made at each launch and never
//! leaves the process, so that no token outlives the server that gave it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use tintype_protocol::ClientId;

use crate::{Error, Result};

/// Bytes of the secret: as many as the hash has, the least that RFC 7518 §3.2 allows.
const SECRET_BYTES: usize = 32;

/// What a token says.
#[derive(Serialize, Deserialize)]
struct Claims {
    /// The client it is for.
    sub: ClientId,
    /// Seconds since 1970 at which it expires.
    exp: u64,
}

/// Gives tokens and checks them.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl Tokens {
    /// A giver of tokens with a secret of its own.
    ///
    /// # Errors
    /// [`Error::NoRandomness`] if the system has none.
    pub fn new() -> Result<Self> {
        let mut secret = [0; SECRET_BYTES];
        getrandom::fill(&mut secret).map_err(Error::NoRandomness)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "sub"]);
        // Both ends read the same clock.
        validation.leeway = 0;
        Ok(Self {
            encoding: EncodingKey::from_secret(&secret),
            decoding: DecodingKey::from_secret(&secret),
            validation,
        })
    }

    /// A token for a client that is good for so long.
    ///
    /// # Errors
    /// [`Error::Token`] if it can't be signed, which would be a defect.
    pub fn issue(&self, client: &ClientId, lifetime: Duration) -> Result<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let exp = now.unwrap_or_default() + lifetime;
        let claims = Claims {
            sub: client.clone(),
            exp: exp.as_secs(),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(Error::Token)
    }

    /// The client that a token is for; none if it is forged, expired or no token at all.
    #[must_use]
    pub fn client(&self, token: &str) -> Option<ClientId> {
        let token = decode::<Claims>(token, &self.decoding, &self.validation).ok()?;
        Some(token.claims.sub)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn client() -> ClientId {
        ClientId::new("ddcolor-user-001").unwrap()
    }

    #[test]
    fn a_token_names_the_client_it_was_issued_for() {
        let tokens = Tokens::new().unwrap();
        let token = tokens.issue(&client(), HOUR).unwrap();
        assert_eq!(tokens.client(&token), Some(client()));
    }

    #[test]
    fn what_another_launch_signed_is_worth_nothing() {
        let token = Tokens::new().unwrap().issue(&client(), HOUR).unwrap();
        assert_eq!(Tokens::new().unwrap().client(&token), None);
    }

    #[test]
    fn an_expired_token_is_worth_nothing() {
        let tokens = Tokens::new().unwrap();
        let claims = Claims {
            sub: client(),
            exp: 1_700_000_000,
        };
        let token = encode(&Header::new(Algorithm::HS256), &claims, &tokens.encoding).unwrap();
        assert_eq!(tokens.client(&token), None);
    }

    #[test]
    fn a_token_that_claims_to_need_no_signature_is_worth_nothing() {
        let tokens = Tokens::new().unwrap();
        let good = tokens.issue(&client(), HOUR).unwrap();
        let body = good.split('.').nth(1).unwrap();
        // {"alg":"none","typ":"JWT"}
        let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.");
        for bad in [unsigned.as_str(), "", "a.b.c", &good[..good.len() - 2]] {
            assert_eq!(tokens.client(bad), None, "{bad}");
        }
    }
}
