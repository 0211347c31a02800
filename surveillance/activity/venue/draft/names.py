"""What exports call the columns of the catalogue: names of well-known venues, and FIX 4.4 tags.

A name is compared in small letters without anything between words, of JSON by the last step of its
path. Earlier names are better ones. Besides these every column answers to its own name.
"""

import re
from collections.abc import Mapping

from surveillance.activity.catalogue import TABLES

_TIMES = (
    "ts timestamp time datetime date dateutc timeutc utctime createtime creationtime createdat "
    "created executedat executiontime tradetime tradedate tradetimestamp transacttime eventtime "
    "filltime matchtime updatetime lastupdated timems timestampms timens timestampns timeus "
    "timestampus epoch unixtime at T E 60 52"
)
_INSTRUMENTS = (
    "instrument symbol market pair instrumentname instrumentid instid product productid contract "
    "contractcode ticker currencypair tradingpair sym s 55"
)
_TRADERS = (
    "traderid account accountid acct userid user uid clientid client customerid customer memberid "
    "member trader useruid subaccount subaccountid participant participantid portfolio "
    "portfolioname 1"
)
_ORDER_IDS = "orderid order ordid oid ordertxid orderno 37"
_TRADE_IDS = (
    "tradeid tradeno execid fillid matchid trdmatchid txid tid tradeseq executionid dealid 17 id t"
)
_SIDES = "side takerside aggressor aggressorside aggressingside direction buysell bs way type 54"
_PRICES = (
    "price lastpx fillpx fillprice tradeprice execprice executionprice avgpx avgprice px p rate 31"
)
_SIZES = (
    "quantity qty size lastqty fillsz fillsize fillqty executedqty executed execqty tradesize "
    "contracts amount volume vol baseamount basesize sz q filled foreignnotional 32"
)

NAMES: Mapping[str, Mapping[str, str]] = {
    "trades": {
        "ts": _TIMES,
        "seq": "seq sequence seqno sequencenumber tradesequence msgseqnum 34",
        "trade_id": _TRADE_IDS,
        "instrument": _INSTRUMENTS,
        "price": _PRICES,
        "quantity": _SIZES,
        "buyer_id": "buyerid buyer buyeraccount buyuser buyuserid buyeruid buyaccount bidaccount "
        "buyclientid buytrader",
        "seller_id": "sellerid seller selleraccount selluser selluserid selleruid sellaccount "
        "askaccount sellclientid selltrader",
        "buy_order_id": "buyorderid buyerorderid bidorderid buyorder b",
        "sell_order_id": "sellorderid sellerorderid askorderid sellorder a",
        "taker_side": _SIDES,
        "is_block": "isblock block blocktrade",
        "is_liquidation": "isliquidation liquidation",
        "buyer_fee": "buyerfee buyfee",
        "seller_fee": "sellerfee sellfee",
        "combo_id": "comboid combotradeid",
    },
    "orders": {
        "ts": _TIMES,
        "seq": "seq sequence seqno sequencenumber msgseqnum 34",
        "instrument": _INSTRUMENTS,
        "trader_id": _TRADERS,
        "order_id": f"{_ORDER_IDS} id i",
        "event": "event eventtype exectype action orderevent messagetype msgtype status state "
        "orderstatus orderstate ordstatus type x X 150 39",
        "side": "side direction buysell bs way orderside S 54",
        "type": "ordertype ordtype type o 40",
        "price": "price limitprice orderprice px p 44",
        "quantity": "quantity qty size orderqty origqty origsize volume amount sz q 38",
        "displayed": "displayed displayqty visibleqty shown icebergqty maxfloor 1138 111",
        "remaining": "remaining remainingqty remainingsize leavesqty openqty 151",
        "trade_id": "tradeid execid fillid matchid trdmatchid 17",
        "reason": "reason cancelreason rejectreason text 58",
        "parent_id": "parentid parentorderid parent",
        "client_ts": "clientts clienttime clienttimestamp",
    },
    "transfers": {
        "ts": _TIMES,
        "transfer_id": "transferid refid referenceid id withdrawalid depositid withdrawid "
        "transactionid txnid ledgerid",
        "trader_id": _TRADERS,
        "direction": "direction dir inout transfertype transactiontype operation type side",
        "asset": "asset coin currency ccy token",
        "amount": "amount quantity qty size volume change",
        "usd": "usd usdvalue valueusd amountusd",
        "address": "address addr toaddress destination destinationaddress wallet walletaddress",
        "tx_hash": "txhash txid hash transactionhash",
        "kind": "kind method rail",
        "counterparty_id": "counterpartyid counterparty iban beneficiary",
        "country": "country",
    },
    "accounts": {
        "ts": "ts openedat opened created createdat creationtime registered registeredat "
        "registrationdate since updatedat effectivefrom",
        "trader_id": f"{_TRADERS} id",
        "owner_id": "ownerid owner beneficialowner beneficialownerid ubo masteraccount mainaccount "
        "parentaccount holder holderid",
        "kind": "kind accounttype accountkind clienttype type",
        "country": "country residence countrycode",
        "linked_to": "linkedto linkedaccount",
        "status": "status state",
    },
    "instruments": {
        "ts": "ts listing listed onboarddate creationtimestamp listtime effectivefrom",
        "instrument": f"{_INSTRUMENTS} name id",
        "kind": "kind typ producttype contracttype insttype instrumenttype type",
        "underlying": "underlying baseasset basecurrency basecoin basecurrencyname base rootsymbol",
        "quote": "quote quoteasset quotecurrency quotecoin quotecurrencyname",
        "expires_at": "expiresat expiry expiration expirationtimestamp deliverydate exptime",
        "strike": "strike strikeprice stk",
        "option_kind": "optionkind optiontype putcall opttype",
        "settlement": "settlement settlementtype cttype instrumentsettlement",
        "settlement_currency": "settlementcurrency settlcurrency settleccy marginasset",
        "contract_value": "contractvalue contractsize ctval lotvalue",
        "value_currency": "valuecurrency ctvalccy",
        "multiplier": "multiplier ctmult",
        "tick": "tick ticksize pricetick priceincrement",
        "lot": "lot lotsize lotsz stepsize qtystep minsize quantityincrement",
    },
    "positions": {
        "ts": _TIMES,
        "trader_id": _TRADERS,
        "instrument": _INSTRUMENTS,
        "quantity": "quantity positionqty positionamt currentqty position size qty pos",
        "entry_price": "entryprice avgentryprice avgpx averageprice",
        "liquidation_price": "liquidationprice liqpx estimatedliquidationprice",
    },
    "address_labels": {
        "ts": _TIMES,
        "address": "address addr wallet",
        "category": "category label kind type",
        "source": "source list",
    },
    "logins": {
        "ts": _TIMES,
        "trader_id": _TRADERS,
        "kind": "kind event eventtype action",
        "ip": "ip ipaddress clientip sourceip",
        "country": "country countrycode",
        "device_id": "deviceid device fingerprint devicefingerprint",
    },
}
"""By table and column, names separated by a space, the best first."""

_PLACED = re.compile(r" \(column( [0-9]+)?\)$")
"""What readers put behind a name that the engine cannot tell from another, or answers itself."""
_BETWEEN = re.compile(r"[^a-z0-9]+")


def plain(name: str) -> str:
    """Return a name in small letters, without anything between words; of a path the last step.

    One letter stays as it is, for venues that write so mean another thing by the other case.
    """
    name = _PLACED.sub("", name)
    last = re.split(r"\.|\$", name)[-1].strip('"') if name.startswith("$") else name
    if len(last) == 1:
        return last
    return _BETWEEN.sub("", last.lower())


def rank(table: str, column: str, name: str) -> int | None:
    """Return how well a name fits a column, 0 for best, or None."""
    known = [plain(column), *NAMES.get(table, {}).get(column, "").split()]
    return known.index(plain(name)) if plain(name) in known else None


HINTS: Mapping[str, str] = {
    "trades": "trade fill exec match tape deal",
    "orders": "order ord",
    "transfers": "transfer deposit withdraw payment",
    "accounts": "account user client holder customer member",
    "instruments": "instrument product contract symbol market",
    "positions": "position",
    "logins": "login session access",
    "kyc": "kyc identity",
    "liquidations": "liquidation",
    "marks": "mark funding index",
    "book": "book depth l2 bbo",
    "rfqs": "rfq quote",
    "staff": "staff employee",
    "events": "event news listing",
}
"""What names of files say about the table, in order of preference among equals."""
ORDER = tuple(dict.fromkeys((*HINTS, *TABLES)))
