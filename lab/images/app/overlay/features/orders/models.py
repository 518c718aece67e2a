"""The one table of the lab's app: a row per order that a client was told is accepted."""

from sqlalchemy.orm import Mapped, mapped_column

from db.database import BaseModel


class Order(BaseModel):
    __tablename__ = "orders"

    reference: Mapped[str] = mapped_column(unique=True)
