"""What goes around an operation: where it is sent, how it is answered, and how it is refused."""


def test_a_call_is_answered_as_boto3_expects(mturk):
    answer = mturk.get_account_balance()
    assert answer["AvailableBalance"] == "100.00"
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]
