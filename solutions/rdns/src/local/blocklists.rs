//! [`Blocklists`]: names that are not looked up, and replies that say so (RFC 8914).

use std::net::{Ipv4Addr, Ipv6Addr};

use dnsparse::{DnsPacket, Name, Question, Rcode, Rdata, Record, RecordType};
use recursive::reply::{add_extended_error, info_code};
use serve::message_rules::set_rcode;

use super::data::made_soa;
use super::hosts::TTL;
use super::lists::{self, List};
use super::names::Action;
use crate::config::ConfigError;
use crate::config::local::{BlockReason, BlockReply, BlocklistConfig, ListForm};
use crate::text::count;

/// All lists, in their order.
#[derive(Debug, Default)]
pub struct Blocklists {
    lists: Vec<Blocklist>,
}

#[derive(Debug)]
struct Blocklist {
    /// The name of the list, for the reply.
    name: String,
    list: List,
    form: ListForm,
    reply: BlockReply,
    info_code: u16,
}

/// The entry of a list that a name fits.
#[derive(Debug, Clone, Copy)]
pub struct Blocked<'l> {
    list: &'l Blocklist,
    action: Action,
}

impl Blocklists {
    /// Reads all lists.
    ///
    /// # Errors
    /// If one of them cannot be read, or is wrong.
    pub fn load(configs: &[BlocklistConfig]) -> Result<Blocklists, ConfigError> {
        let lists = configs.iter().map(|config| {
            let file_name = || {
                config
                    .file
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
            };
            Ok(Blocklist {
                name: config
                    .name
                    .clone()
                    .unwrap_or_else(|| file_name().into_owned()),
                list: lists::load(&config.file, config.form)?,
                form: config.form,
                reply: config.reply,
                info_code: match config.reason {
                    BlockReason::Blocked => info_code::BLOCKED,
                    BlockReason::Filtered => info_code::FILTERED,
                },
            })
        });
        let lists = lists.collect::<Result<_, ConfigError>>()?;
        Ok(Blocklists { lists })
    }

    /// Returns the entry that blocks a name; none if the name is looked up.
    pub fn find(&self, name: &Name) -> Option<Blocked<'_>> {
        self.entry(name).filter(|entry| !entry.is_exception())
    }

    /// Returns the entry for a name in the first list that has one.
    pub fn entry(&self, name: &Name) -> Option<Blocked<'_>> {
        self.lists.iter().find_map(|list| {
            let action = list.list.names.find(name)?;
            Some(Blocked { list, action })
        })
    }

    /// Returns a sentence about each list with wrong lines.
    pub fn warnings(&self) -> Vec<String> {
        let warning = |it: &Blocklist| {
            let first = it.list.first_fault.as_ref()?;
            let wrong = count(it.list.wrong as u64, "wrong line", "wrong lines");
            Some(format!(
                "the blocklist {} is used without {wrong}: {first}",
                it.name
            ))
        };
        self.lists.iter().filter_map(warning).collect()
    }

    /// Returns a sentence about the lists; none without lists.
    pub fn summary(&self) -> Option<String> {
        let texts = self.lists.iter().map(|it| {
            let entries = count(it.list.entries as u64, "entry", "entries");
            let entries = format!("{} has {entries}", it.name);
            match it.list.skipped as u64 {
                0 => entries,
                skipped => {
                    let (one, several) = match it.form {
                        ListForm::Rpz => ("record", "records"),
                        ListForm::Hosts | ListForm::Domains => ("rule", "rules"),
                    };
                    let skipped = count(skipped, one, several);
                    format!("{entries}, and {skipped} that rdns does not know")
                }
            }
        });
        let texts: Vec<_> = texts.collect();
        (!texts.is_empty()).then(|| texts.join("; "))
    }
}

impl Blocked<'_> {
    /// Whether the entry says that the name is looked up.
    pub fn is_exception(&self) -> bool {
        self.action == Action::Pass
    }

    /// Makes the reply to a question for a blocked name, or for an alias that leads to one.
    pub fn fill(&self, question: &Question, reply: &mut DnsPacket) {
        reply.answers.clear();
        reply.additionals.clear();
        reply.header.ad = false;
        set_rcode(reply, Rcode::NOERROR);
        let null = match (self.list.reply, question.qtype) {
            (BlockReply::Null, RecordType::A) => Some(Rdata::A(Ipv4Addr::UNSPECIFIED)),
            (BlockReply::Null, RecordType::AAAA) => Some(Rdata::Aaaa(Ipv6Addr::UNSPECIFIED)),
            _ => None,
        };
        match null.filter(|_| self.action == Action::Block) {
            Some(rdata) => {
                reply.answers = vec![Record::new(question.qname.clone(), TTL, rdata)];
                reply.authorities.clear();
            }
            None => {
                if self.action == Action::Block && self.list.reply == BlockReply::Nxdomain {
                    set_rcode(reply, Rcode::NXDOMAIN);
                }
                reply.authorities = vec![made_soa(&question.qname)];
            }
        }
        add_extended_error(
            reply,
            self.list.info_code,
            &format!("on the list {}", self.list.name),
        );
    }

    /// Returns the name of the list.
    pub fn list(&self) -> &str {
        &self.list.name
    }
}
