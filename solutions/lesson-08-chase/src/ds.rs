//! DS records of a zone whose parent a server skips (given).
//!
//! A walk starts at the closest zone above the parent that is known, and the first server that has
//! the zone itself answers for it, although the DS records are in the parent
//! ([`referral::is_child_side`]). Resolvers with QNAME minimisation (RFC 9156) meet the parent on
//! their way. Without it (`minimise`), the parent is looked for only when it has been skipped.

use dnsparse::{Class, Question, RecordType};
use iterate::WalkResult;
use network::Network;
use rand::Rng;
use referral::is_child_side;

use crate::hooks::{Knowledge, ServerSelection};
use crate::resolution::ResolutionFailure;
use crate::resolver::Resolver;
use crate::search::Search;

impl<N: Network, K: Knowledge, S: ServerSelection> Resolver<N, K, S> {
    /// Walks for one question. If a question for DS records is answered by the zone itself, walks
    /// for the NS records of the name above it, which puts the parent zone into the cache; and then
    /// for the question again, from the parent zone.
    pub(crate) async fn walk_to_answer<R: Rng + Send>(
        &self,
        question: &Question,
        search: &mut Search<'_, R>,
    ) -> Result<WalkResult, ResolutionFailure> {
        let result = self.walk(question, search).await?;
        let is_child_side = (result.as_ref()).is_ok_and(|answer| is_child_side(question, answer));
        let Some(parent) = question.qname.parent().filter(|_| is_child_side) else {
            return Ok(result);
        };
        let closest = self.knowledge.closest_delegation(question).zone;
        if closest == parent {
            return Ok(result);
        }
        let servers = Question {
            qname: parent,
            qtype: RecordType::NS,
            qclass: Class::IN,
        };
        // Only the referrals on the way matter, not the answer.
        let _ = self.walk(&servers, search).await?;
        match self.knowledge.closest_delegation(question).zone == closest {
            true => Ok(result),
            false => self.walk(question, search).await,
        }
    }
}
