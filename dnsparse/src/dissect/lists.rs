//! Lists within RDATA: the windows of a type bitmap, and the parameters of a service.

use super::Part;
use super::read::{Walk, octets};
use super::show::shortened;
use crate::error::{Broken, Step};
use crate::rdata::bitmap::{window_types, windows};
use crate::rdata::svcb::check;
use crate::rdata::{SvcParam, SvcParamKey, TypeBitmap};
use crate::types::RecordType;

impl Walk<'_> {
    /// RFC 4034 section 4.1.2: a line for each window. What comes after a fault is shown without a meaning.
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
                Err((_, rule)) => fault = Some(rule),
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
            Some(Broken::RdataTruncated) => self.fault(self.ended),
            Some(rule) => self.fault(rule),
            None => {}
        }
        Some(())
    }

    /// RFC 9460 section 2.2: key, length, value, as often as RDATA has room; then the rules that go across them.
    pub(super) fn params(&mut self) -> Option<()> {
        let (mut params, mut last) = (Vec::new(), None);
        for param in 0.. {
            if self.left() == 0 {
                break;
            }
            self.path.push(Step::Entry("param", param));
            let read = self.param(&mut last);
            self.path.pop();
            params.push(read?);
        }
        let good: Option<Vec<SvcParam>> = params.into_iter().collect();
        if let Some(Err(rule)) = good.map(|params| check(&params)) {
            self.fault(rule);
        }
        Some(())
    }

    /// The parameter, if there is nothing wrong with it.
    fn param(&mut self, last: &mut Option<SvcParamKey>) -> Option<Option<SvcParam>> {
        let key = SvcParamKey(self.u16("key", |key| format!("{} ({key})", SvcParamKey(key)))?);
        let in_order = last.replace(key) < Some(key);
        if !in_order {
            self.fault(Broken::SvcParamOrder { key });
        }
        let length = usize::from(self.u16("length", |length| octets(length.into()))?);
        let value = self
            .message
            .get(self.at..self.at + length)
            .unwrap_or_default();
        let param = SvcParam::from_octets(key, value);
        if length > 0 {
            let meaning = param.as_ref().map_or_else(|_| String::new(), value_text);
            self.take("value", length, |_| shortened(meaning))?;
        } else if param.is_err() {
            self.push("value", 0, String::new());
        }
        if let Err(rule) = param {
            self.fault(rule);
        }
        Some(param.ok().filter(|_| in_order))
    }

    /// An octet of length, and that many octets.
    pub(super) fn counted(&mut self, field: &'static str, say: fn(&[u8]) -> String) -> Option<()> {
        let length = self
            .octet(self.at)
            .filter(|_| self.left() > 0)
            .map_or(0, usize::from);
        self.take(field, 1 + length, |octets| {
            shortened(say(octets.get(1..).unwrap_or_default()))
        })?;
        Some(())
    }
}

/// A parameter without its key.
fn value_text(param: &SvcParam) -> String {
    let text = param.to_string();
    text.split_once('=')
        .map_or_else(String::new, |(_, value)| value.to_owned())
}
