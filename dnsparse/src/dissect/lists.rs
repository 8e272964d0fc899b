//! Lists within RDATA: the windows of a type bitmap, and the parameters of a service.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::Part;
use super::cursor::{Cursor, octets};
use super::show::{shortened, shortened_to};
use crate::codes::{RecordType, SvcParamKey};
use crate::error::{ParseErrorKind, PathStep};
use crate::rdata::{ALIAS, SvcParam, TypeBitmap, check_params, window_types, windows};

/// The most characters of a meaning that fit on a line of 100 columns.
const ON_A_LINE: usize = 50;

impl Cursor<'_> {
    /// Takes a type bitmap, with a line for each window (RFC 4034 section 4.1.2). The octets after
    /// a fault are shown without a meaning.
    pub(super) fn types(&mut self, field: &'static str) -> Option<()> {
        let wire = self
            .message
            .get(self.at..self.end)
            .filter(|wire| !wire.is_empty());
        let Some(wire) = wire else { return Some(()) };
        let (mut parts, mut read, mut fault) = (Vec::new(), 0, None);
        for window in windows(wire) {
            match window {
                Ok((number, bits)) => {
                    let types = TypeBitmap::new(window_types(number, bits)).to_string();
                    parts.push(Part::Octets(2 + bits.len(), shortened(types)));
                    read += 2 + bits.len();
                }
                Err((_, kind)) => fault = Some(kind),
            }
        }
        if read < wire.len() {
            parts.push(Part::Octets(wire.len() - read, String::new()));
        }
        let all = windows(wire).filter_map(Result::ok);
        let all: Vec<RecordType> = all
            .flat_map(|(number, bits)| window_types(number, bits))
            .collect();
        self.push(
            field,
            wire.len(),
            shortened(TypeBitmap::new(all).to_string()),
        );
        self.parts(parts);
        match fault {
            Some(ParseErrorKind::RdataTruncated) => self.fault(self.end_fault),
            Some(kind) => self.fault(kind),
            None => {}
        }
        Some(())
    }

    /// Takes parameters to the end of RDATA: key, length, value (RFC 9460 section 2.2). Then checks
    /// the rules that concern several of them.
    pub(super) fn params(&mut self) -> Option<()> {
        let priority = self.priority();
        let (mut params, mut last) = (Vec::new(), None);
        for param in 0.. {
            if self.left() == 0 {
                break;
            }
            self.path.push(PathStep::Entry("param", param));
            let read = self.param(&mut last, priority == ALIAS);
            self.path.pop();
            params.push(read?);
        }
        let valid: Option<Vec<SvcParam>> = params.into_iter().collect();
        if let Some(Err(kind)) = valid.map(|params| check_params(priority, &params)) {
            self.fault(kind);
        }
        Some(())
    }

    /// Returns the number that RDATA starts with.
    fn priority(&self) -> u16 {
        let mut fields = self.fields.iter().rev();
        let priority = fields.find(|field| field.name() == "priority");
        let at = priority.map(|field| field.offset);
        let octets = at.and_then(|at| Some([self.octet(at)?, self.octet(at + 1)?]));
        octets.map_or(ALIAS, u16::from_be_bytes)
    }

    /// Takes one parameter. Returns `Some(None)` if it has a fault.
    fn param(
        &mut self,
        last: &mut Option<SvcParamKey>,
        is_alias: bool,
    ) -> Option<Option<SvcParam>> {
        let key = SvcParamKey(self.u16("key", |key| format!("{} ({key})", SvcParamKey(key)))?);
        let in_order = last.replace(key) < Some(key);
        if !in_order {
            self.fault(ParseErrorKind::SvcParamOrder { key });
        }
        let length = usize::from(self.u16("length", |length| octets(length.into()))?);
        let value = self
            .message
            .get(self.at..self.at + length)
            .unwrap_or_default();
        let ignored = || SvcParam::Unknown {
            key,
            octets: value.to_vec(),
        };
        let param = SvcParam::from_octets(key, value)
            .or_else(|| is_alias.then(ignored))
            .ok_or(ParseErrorKind::SvcParamValue { key });
        if length > 0 {
            let meaning = param.as_ref().map_or_else(|_| String::new(), value_text);
            self.take("value", length, |_| shortened(meaning))?;
        } else if param.is_err() {
            self.push("value", 0, String::new());
        }
        if let Err(kind) = param {
            self.fault(kind);
        }
        Some(param.ok().filter(|_| in_order))
    }

    /// Takes all octets that are left as one field.
    pub(super) fn rest(
        &mut self,
        field: &'static str,
        check: fn(&[u8]) -> Result<String, ParseErrorKind>,
    ) -> Option<()> {
        let checked = check(self.message.get(self.at..self.end).unwrap_or_default());
        if self.left() > 0 || checked.is_err() {
            let meaning = checked
                .as_ref()
                .map_or_else(|_| String::new(), String::clone);
            self.push(field, self.left(), shortened_to(ON_A_LINE, meaning));
        }
        match checked {
            Err(ParseErrorKind::RdataTruncated) => self.fault(self.end_fault),
            Err(kind) => self.fault(kind),
            Ok(_) => {}
        }
        Some(())
    }

    /// Takes an octet of length, and that many octets.
    pub(super) fn counted(&mut self, field: &'static str, show: fn(&[u8]) -> String) -> Option<()> {
        let length = self
            .octet(self.at)
            .filter(|_| self.left() > 0)
            .map_or(0, usize::from);
        self.take(field, 1 + length, |octets| {
            shortened(show(octets.get(1..).unwrap_or_default()))
        })?;
        Some(())
    }
}

/// Shows a parameter without its key.
fn value_text(param: &SvcParam) -> String {
    let text = param.to_string();
    text.split_once('=')
        .map_or_else(String::new, |(_, value)| value.to_owned())
}
