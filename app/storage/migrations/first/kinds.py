"""The types of columns in the first revision."""

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Integer, LargeBinary, Text

BOOLEAN = Boolean()
BYTES = LargeBinary()
DATE = Date()
INTEGER = Integer()
MOMENT = DateTime(timezone=True)
NUMBER = BigInteger().with_variant(Integer(), "sqlite")
TEXT = Text()
