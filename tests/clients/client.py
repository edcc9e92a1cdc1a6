"""Calls a running sandbox with the Python client that openapi-generator generates, and checks the decoded values.

`cargo xtask check clients` starts the sandbox and passes its address and its key.
"""

import sys
import uuid
from datetime import date, datetime, timedelta, timezone
from inspect import signature

import openapi_client
from openapi_client import ApiClient, Configuration, NewOrigin
from openapi_client.exceptions import ApiException, BadRequestException, UnauthorizedException

SITE = "my-store"
UUID = uuid.UUID("6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0bb1")
ADVOCATE, FRIEND, MEMBER = "advocate@example.com", "friend@example.com", "jane@example.com"


class Talkable:
    """The operations of all generated API classes, and the names of the operations that succeeded."""

    def __init__(self, address: str, key: str) -> None:
        client = ApiClient(Configuration(host=address, access_token=key))
        self.apis = [api(client) for name, api in vars(openapi_client).items() if name.endswith("Api")]
        self.called: set[str] = set()

    def operations(self) -> set[str]:
        """The names of all operations: each has a variant that returns the whole HTTP response."""
        suffix = "_with_http_info"
        return {name.removesuffix(suffix) for api in self.apis for name in dir(api) if name.endswith(suffix)}

    def __getattr__(self, operation: str):
        method = next(getattr(api, operation) for api in self.apis if hasattr(api, operation))
        names = list(signature(method).parameters)

        def call(*values, **arguments):
            if "site_slug" in names:
                arguments["site_slug"] = SITE
            arguments.update(zip((name for name in names if name != "site_slug"), values))
            response = method(**arguments)
            self.called.add(operation)
            equal(response.ok, True)
            return getattr(response, "result", None)

        return call


def equal(actual: object, expected: object) -> None:
    assert actual == expected, f"expected {expected!r}, not {actual!r}"


def fails(error: type[ApiException], message: str, call) -> None:
    try:
        call()
    except error as raised:
        equal(raised.data.ok, False)
        assert message in raised.data.error_message, raised.data.error_message
    else:
        raise AssertionError(f"expected {error.__name__}")


def body(**data) -> dict:
    return {"site_slug": SITE, "data": data}


def purchase(api: Talkable, email: str, order_number: str, **data):
    data = {"email": email, "order_number": order_number, "subtotal": 99.95, **data}
    created = api.create_purchase(body(**data))
    equal((created.origin.email, created.origin.order_number, created.origin.subtotal), (email, order_number, 99.95))
    return created


def read_the_site(api: Talkable) -> None:
    campaigns = {campaign.name: campaign for campaign in api.list_campaigns().campaigns}
    live, past = campaigns["Give 10%, get $10"], campaigns["Last year's"]
    equal((live.is_active, live.tag_names, live.origin_max_age, past.is_active), (True, ["default"], None, False))
    equal((live.live_period.ends_at, live.live_period.starts_at.tzinfo is None), (None, False))
    assert live.live_period.starts_at < past.live_period.ends_at < datetime.now(timezone.utc)
    equal([source.identifier for source in api.list_traffic_sources()], ["api", "email", "homepage", "post_purchase"])
    asset = api.upload_asset(("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")).asset
    equal((asset.name, asset.width), ("logo.svg", None))
    equal(api.find_asset(asset.id).asset, asset)
    equal(api.list_assets(per_page=1).assets, [asset])
    week = (date.today() - timedelta(days=6), date.today())
    metric = api.calculate_metric("sharing_rate", *week, sharing_channels=["email", "sms"], precision=1)
    equal((metric.formatted, metric.plain), ("0.0%", 0))
    days = api.calculate_metric_with_all_segmented_information("sharing_rate", *week, segment_by_period="day").segmented
    equal((len(days), days[0].sharing_channel), (7, None))


def create_origins(api: Talkable) -> None:
    equal(api.create_visitor(body(uuid=UUID)).uuid, UUID)
    items = [{"price": 9.5, "quantity": 2, "product_id": "sku"}]
    created = purchase(api, ADVOCATE, "1", first_name="Ada", uuid=UUID, items=items, campaign_tags="default")
    equal((created.origin.refunded_at, created.offer.coupon_code, created.offer.campaign_tags), (None, None, ["default"]))
    reward = created.offer.incentives["advocate_reward"]
    equal((reward.amount, reward.percentage, reward.criteria_config.subtotal_min), (10, False, 10))
    event = body(email=ADVOCATE, event_category="signup", event_number="2", subtotal=0)
    equal(api.create_event(event).origin.event_number, "2")
    equal(api.create_affiliate_member(body(email=ADVOCATE)).origin.email, ADVOCATE)
    order = {"type": "Purchase", **body(email=ADVOCATE, order_number="3", subtotal=10.5)}
    equal(api.create_origin(NewOrigin.from_dict(order)).origin.subtotal, 10.5)
    for kind, data in [
        ("purchases", {"email": ADVOCATE, "order_number": "4", "subtotal": 1}),
        ("events", {"email": ADVOCATE, "event_category": "signup", "event_number": "5", "subtotal": 0}),
        ("affiliate_members", {"email": "affiliate@example.com"}),
    ]:
        getattr(api, f"create_batch_of_{kind}")({"site_slug": SITE, "data": [data]})
    refund = body(refunded_at=datetime.now(timezone.utc), refund_subtotal=5)
    refunded = api.mark_origin_as_refunded("3", refund).origin
    equal((refunded.refund_subtotal, refunded.partially_refunded), (5, True))


def share_and_refer(api: Talkable) -> None:
    offer = purchase(api, ADVOCATE, "6", campaign_tags="default").offer
    found = api.find_advocate_offer(offer.short_url_code)
    equal((found.offer.email, found.offer.show_url, found.claim_links), (ADVOCATE, offer.show_url, None))
    link = api.check_offer_claim_link_status(offer.short_url_code, claim_url=offer.claim_url)
    equal(link.active, True)
    email = {"site_slug": SITE, "recipients": FRIEND, "subject": "A gift", "body": "For you"}
    equal(list(api.share_via_email(offer.short_url_code, email).recipients), [FRIEND])
    share = api.share_via_social_channel(offer.short_url_code, {"site_slug": SITE, "channel": "facebook"}).share
    equal((share.campaign.name, share.offer.id), ("Give 10%, get $10", offer.id))
    assert share.id in [share.id for share in api.get_shares_made_by_person(ADVOCATE).shares]
    claimed = api.share_and_claim_offer(ADVOCATE, FRIEND)
    equal((claimed.friend_unredeem_reason, claimed.friend_reward.coupon.used), (None, False))
    code = claimed.friend_reward.coupon_code
    coupon = api.find_coupon(code)
    equal((coupon.coupon, coupon.talkable_coupon), (claimed.friend_reward.coupon, True))
    permission = api.check_if_given_coupon_code_belongs_to_given_person(code, FRIEND)
    equal((permission.allowed, permission.checks.coupon_used, permission.coupon.code), (True, False, code))
    api.mark_visitor_offer_as_visited(1)
    purchase(api, FRIEND, "7", coupon_codes=[code])
    [referral] = api.get_friends_referred_by_advocate(ADVOCATE).referrals
    equal((referral.friend_person.email, referral.status, referral.referred_subtotal), (FRIEND, "pending", 99.95))
    equal((referral.friend_person.last_name, referral.fraud_details), (None, None))
    equal(api.get_advocates_who_referred_friend(FRIEND).referrals, [referral])
    approved = api.update_referral_status("7", body(status="approved")).referral
    equal((approved.id, approved.status), (referral.id, "approved"))
    [reward] = [one for one in api.get_rewards_received_by_person(ADVOCATE).rewards if one.reason == "referrer"]
    equal((reward.amount, reward.coupon, reward.incentive_type), (10, None, "rebate"))
    assert reward in api.list_rewards(UUID).rewards


def collect_points(api: Talkable) -> None:
    equal(api.find_loyalty_member(MEMBER).loyalty_member.points_balance, 250)
    changes = body(member_dates=[{"identifier": "birthday", "date": date(2000, 2, 29)}], custom_properties={"size": "M"})
    member = api.update_loyalty_member(MEMBER, changes).loyalty_member
    equal((member.member_dates[0].identifier, member.custom_properties), ("birthday", {"size": "M"}))
    adjusted = api.adjust_loyalty_members_points_balance(MEMBER, body(points=-50, description="Correction"))
    equal((adjusted.loyalty_member.points_balance, adjusted.action.coupon), (200, None))
    collected = api.create_collect_action(MEMBER, body(type="review"))
    equal((collected.collected, collected.loyalty_member.points_balance), (True, 225))
    [batch, _] = api.list_redemption_batches(MEMBER).redemption_batches
    equal((batch.points_cost, batch.coupon_list.amount, batch.coupon_list.expires_at), (100, 5, None))
    redeemed = api.create_redeem_action(MEMBER, body(redemption_batch_id=batch.id)).action
    equal((redeemed.points, redeemed.coupon.amount, redeemed.coupon.expires_at), (-100, 5, None))
    equal(api.list_redeem_actions(MEMBER).actions, [redeemed])
    equal(api.list_collect_actions(MEMBER).actions[0].points, 25)
    equal(api.list_manual_adjustment_actions(MEMBER).actions, [adjusted.action])


def edit_people(api: Talkable) -> None:
    person = api.find_person(ADVOCATE).person
    equal((person.first_name, person.last_name, person.gender, person.referral_counts.approved), ("Ada", None, None, 1))
    changes = body(last_name="Lovelace", custom_properties={"color": "green"})
    person = api.update_person(ADVOCATE, changes).person
    equal((person.last_name, person.custom_properties), ("Lovelace", {"color": "green"}))
    personal = api.get_personal_information_about_person(ADVOCATE).person
    equal((personal.email, personal.last_name, personal.phone_number), (ADVOCATE, "Lovelace", None))
    assert isinstance(personal.origins[0].created_at, datetime)
    assert api.unsubscribe_person(ADVOCATE, {"site_slug": SITE}).person.unsubscribed_at is not None
    equal(api.anonymize_person(ADVOCATE, {"site_slug": SITE}).person.first_name, None)


def main(address: str, key: str) -> None:
    api = Talkable(address, key)
    fails(BadRequestException, "No person found", lambda: api.find_person("unknown@example.com"))
    fails(BadRequestException, "redemption_batch_id", lambda: api.create_redeem_action(MEMBER, body(redemption_batch_id=99)))
    fails(UnauthorizedException, "key", lambda: Talkable(address, "wrong").list_campaigns())
    for part in [read_the_site, create_origins, share_and_refer, collect_points, edit_people]:
        part(api)
    missing = api.operations() - api.called
    assert not missing, f"not called: {sorted(missing)}"
    print(f"called {len(api.called)} operations with the Python client")


if __name__ == "__main__":
    main(*sys.argv[1:])
